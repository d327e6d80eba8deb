import type { L1BlockRef } from '../protocol/refs.ts'

/**
 * Decides the next safe and finalized heads. Two implementations: `local.ts` derives from L1, `delegated.ts` follows
 * another consensus node. Chosen once, at start.
 */
export interface Derivation {
  readonly mode: 'derive' | 'follow'
  /** How far L1 has been derived (by us, or by the source and validated by us); the zero reference when unknown. */
  readonly currentL1: L1BlockRef
  /** Called after every change of `currentL1`. */
  onCurrentL1(listener: (ref: L1BlockRef) => void): () => void
  /** Runs until the signal aborts. Rejects only on an error that must stop the node. */
  run(signal: AbortSignal): Promise<void>
  /** `admin_resetDerivationPipeline`. */
  reset(): Promise<void>
}
