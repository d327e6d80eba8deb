import { NodeError } from '../../errors/node-error.ts'

/** Derivation cannot continue, whatever is tried again: the node must stop. */
export class CriticalDerivationError extends NodeError {
  override readonly name = 'CriticalDerivationError'
  override readonly code = 'derivation-critical'
}

/** Computes from L1 data that may never be passed over: what cannot be read there stops derivation. */
export function critical<T>(where: string, compute: () => T): T {
  try {
    return compute()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CriticalDerivationError(`${where}: ${why}`, { cause: error })
  }
}
