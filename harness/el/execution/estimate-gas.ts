import type { Hex } from 'viem'
import type { CallRequest, CallResult } from './types.ts'

/** A call failed even with all the gas it may have; `data` is what the contract reverted with. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError'
  readonly data: Hex
  constructor(message: string, data: Hex) {
    super(message)
    this.data = data
  }
}

const transferGas = 21_000n
const callStipend = 2300n

/**
 * A gas limit with which the call succeeds, at most 1.5 % above the least: it can be more than the call uses, when the
 * call keeps gas back for its callees (EIP-150). Follows geth's `eth_estimateGas`, so that wallets see the same numbers.
 * @param balance Of the sender, in wei; limits the gas when the request names a price.
 * @param gasMax What a transaction may have in this block.
 * @throws CallFailedError when the call fails with all the gas it may have.
 */
export async function estimateGas(
  call: (request: CallRequest) => Promise<CallResult>,
  balance: bigint,
  gasMax: bigint,
  request: CallRequest,
): Promise<bigint> {
  const { gas, gasPrice = 0n, value = 0n } = request
  let high = gas === undefined || gas > gasMax ? gasMax : gas
  if (gasPrice > 0n && balance >= value) {
    const affordable = (balance - value) / gasPrice
    if (affordable < high) high = affordable
  }
  const succeeds = async (limit: bigint) => (await call({ ...request, gas: limit })).status === 'success'
  const isTransfer = (request.data ?? '0x') === '0x' && request.to !== undefined && request.to !== null
  if (isTransfer && high >= transferGas && (await succeeds(transferGas))) return transferGas

  const first = await call({ ...request, gas: high })
  if (first.status !== 'success')
    throw new CallFailedError(
      first.status === 'reverted' ? 'execution reverted' : (first.error ?? 'execution failed'),
      first.returnData,
    )
  let low = first.gasUsed - 1n
  // What a call that passes on all its gas needs, which is nearly every call that needs more than it uses.
  const guess = ((first.gasUsed + callStipend) * 64n) / 63n
  if (guess < high) {
    if (await succeeds(guess)) high = guess
    else low = guess
  }
  while (low + 1n < high && (high - low) * 1000n >= high * 15n) {
    const middle = (low + high) / 2n
    const limit = middle > low * 2n ? low * 2n : middle
    if (await succeeds(limit)) high = limit
    else low = limit
  }
  return high
}
