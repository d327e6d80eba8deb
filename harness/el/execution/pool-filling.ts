import type { Address } from 'viem'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import type { BlockExecution } from './block-execution.ts'
import type { TransactionDecoder } from './decode-transaction.ts'
import { estimatedDaSize } from './fees.ts'
import type { Machine } from './machine.ts'
import { MissingStateError } from './state/state-reader.ts'
import { type StepCheck, watchSteps } from './step-watch.ts'
import { TransactionError } from './transaction.ts'
import { type BuildOptions, InvalidBlockError, type RejectedTransaction } from './types.ts'

/** No transaction takes less. */
const gasMin = 21_000n

/**
 * Adds pool transactions until the pool or the block's gas ends, or the caller stops it. A sender whose transaction does
 * not fit, would bring more batch data than the limits leave, or has to wait is passed over for the rest of the block.
 * @returns The transactions that will not become valid, for the pool to drop. One in which the engine itself failed is
 * among them: it must not fail the next block too.
 * @throws InvalidBlockError and MissingStateError, which are not the transaction's fault.
 */
export async function fillFromPool(
  execution: BlockExecution,
  machine: Machine,
  decoder: TransactionDecoder,
  turn: () => Promise<void>,
  { pool, shouldStop, daLimits, transactionLimit }: BuildOptions,
): Promise<RejectedTransaction[]> {
  const rejected: RejectedTransaction[] = []
  const passedOver = new Set<Address>()
  let daUsed = 0n
  let tooLong = 0
  for (const raw of pool) {
    await turn()
    if (shouldStop?.(tooLong) === true || execution.gasLeft < gasMin) break
    let from: Address | undefined
    try {
      const transaction = decoder.decode(raw)
      from = transaction.from
      if (transaction.kind === 'deposit')
        throw new TransactionError('unsupported type', 'a deposit comes from L1 only')
      if (passedOver.has(from)) continue
      const daSize = daLimits === undefined ? 0n : estimatedDaSize(hexToBytes(raw))
      if (exceeds(daSize, daLimits?.transactionMax) || exceeds(daUsed + daSize, daLimits?.blockMax)) {
        passedOver.add(from)
        continue
      }
      using _ = watchSteps(machine.evm, patience(turn, transactionLimit))
      await execution.run(transaction)
      daUsed += daSize
    } catch (error) {
      if (from !== undefined) passedOver.add(from)
      if (error instanceof InvalidBlockError || error instanceof MissingStateError) throw error
      if (error instanceof TooLongError) tooLong++
      if (!(error instanceof TransactionError)) machine.recover()
      else if (error.isTemporary) continue
      rejected.push({
        hash: keccak256(hexToBytes(raw)),
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return rejected
}

class TooLongError extends Error {}

/** Gives others their turns while a transaction runs, and ends one that has had its time. Turns of others do not count. */
function patience(turn: () => Promise<void>, limit: BuildOptions['transactionLimit']): StepCheck {
  if (limit === undefined) return turn
  const { ms, nowMs } = limit
  let beganMs = nowMs()
  return async () => {
    const askedMs = nowMs()
    if (askedMs - beganMs > ms) throw new TooLongError(`it ran for more than ${ms} ms`)
    await turn()
    beganMs += nowMs() - askedMs
  }
}

function exceeds(size: bigint, max: bigint | null | undefined): boolean {
  return max !== null && max !== undefined && size > max
}
