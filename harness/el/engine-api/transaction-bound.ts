/**
 * The least gas that a transaction of a user can use: the 21 000 of every one, less the fifth that can be refunded
 * (EIP-3529).
 */
const userGasMin = 16_800n
/** 0x7e, and an RLP list of a hash, an address and six items of a byte (deposits.md, "The Deposited Transaction Type"). */
const depositBytesMin = 63
const depositHexMin = 2 + 2 * depositBytesMin

/**
 * Whether a payload or attributes, as JSON and before anything of them is read, hold more transactions than their gas
 * limit can have: reading and hashing a million empty ones takes seconds. Deposits are not limited by gas, but by their
 * length; what is too short to be one counts as a user's.
 * @returns what is wrong; null when nothing is, or when the schema will say what it is.
 */
export function exceedsGasLimit(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return null
  const { transactions, gasLimit } = json as { transactions?: unknown; gasLimit?: unknown }
  if (!Array.isArray(transactions) || typeof gasLimit !== 'string') return null
  if (!/^0x[0-9a-fA-F]{1,16}$/.test(gasLimit)) return null
  const countMax = BigInt(gasLimit) / userGasMin + 1n
  if (BigInt(transactions.length) <= countMax) return null
  let count = 0
  for (const raw of transactions) if (!isDeposit(raw)) count++
  return BigInt(count) <= countMax
    ? null
    : `transactions: expected at most ${countMax} of users with a gas limit of ${BigInt(gasLimit)}, found ${count}`
}

function isDeposit(raw: unknown): boolean {
  return typeof raw === 'string' && raw.length >= depositHexMin && raw.slice(0, 4).toLowerCase() === '0x7e'
}
