import type { AccessListEntry } from './transaction.ts'

const base = 21_000n
const creation = 32_000n
const initCodeWord = 2n
const accessListAddress = 2400n
const accessListSlot = 1900n
const perAuthorization = 25_000n
const floorPerToken = 10n

/** EIP-3860. */
export const initCodeBytesMax = 49_152

/** EIP-7825 (Osaka, so Karst): the most gas that a transaction may ask for. Deposits are exempt, and upgrades with them. */
export const transactionGasMax = 16_777_216n

/** What the price of a transaction depends on before it runs. */
export interface TransactionShape {
  readonly to: unknown
  readonly data: Uint8Array
  readonly accessList?: readonly AccessListEntry[]
  readonly authorizations?: readonly unknown[]
}

export interface GasBounds {
  /** Taken before execution. */
  readonly intrinsic: bigint
  /** EIP-7623: the least that the transaction pays for; 0 before Prague. */
  readonly floor: bigint
}

/**
 * The same for deposits as for others: deposits.md, "Execution".
 * Sources: EIP-2028, EIP-2930, EIP-3860 (Shanghai, so Canyon), EIP-7623 and EIP-7702 (Prague, so Isthmus).
 */
export function gasBounds(shape: TransactionShape, isCanyon: boolean, isIsthmus: boolean): GasBounds {
  const { data, accessList = [], authorizations = [] } = shape
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  // A token is a zero byte; another byte is four of them, at four gas each.
  const tokens = BigInt(zeros + 4 * (data.length - zeros))
  let intrinsic = base + 4n * tokens + perAuthorization * BigInt(authorizations.length)
  if (shape.to === null) {
    intrinsic += creation
    if (isCanyon) intrinsic += initCodeWord * BigInt(Math.ceil(data.length / 32))
  }
  for (const { slots } of accessList) intrinsic += accessListAddress + accessListSlot * BigInt(slots.length)
  return { intrinsic, floor: isIsthmus ? base + floorPerToken * tokens : 0n }
}
