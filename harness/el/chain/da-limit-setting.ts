import type { DaLimits } from '../execution/types.ts'

/** The limits that are in force: a batcher sets them while the engine runs, and they end with the process. */
export interface DaLimitSetting {
  get(): DaLimits
  /** Bytes; 0 lifts a limit. */
  set(transactionMax: bigint, blockMax: bigint): void
}

export function createDaLimitSetting(): DaLimitSetting {
  let limits: DaLimits = { transactionMax: null, blockMax: null }
  const orNone = (max: bigint) => (max === 0n ? null : max)
  return {
    get: () => limits,
    set(transactionMax, blockMax) {
      limits = { transactionMax: orNone(transactionMax), blockMax: orNone(blockMax) }
    },
  }
}
