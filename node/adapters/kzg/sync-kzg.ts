import type { Kzg } from '../../ports/kzg.ts'
import { createKzgContext, type KzgContext } from './kzg-context.ts'

/** The Kzg port in its synchronous form. The trusted setup is read with the first blob. */
export function createSyncKzg(): Kzg {
  let context: KzgContext | null = null
  const loaded = () => {
    context ??= createKzgContext()
    return context
  }
  return {
    commitment: async (blob) => loaded().commitment(blob),
    proof: async (blob, commitment) => loaded().proof(blob, commitment),
  }
}
