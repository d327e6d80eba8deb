import type { L2Block, L2Source } from '../../ports/l2-source.ts'

/**
 * A pure computation that may need blocks of the safe chain: it yields the number of each and is resumed with the
 * block. So the rules stay free of I/O, and an engine that cannot answer leaves their state untouched. A long one yields
 * undefined now and then, so that other work gets its turn.
 */
export type L2Reads<Result> = Generator<bigint | undefined, Result, L2Block | undefined>

/** Reads one block. */
export function* safeBlock(number: bigint): L2Reads<L2Block> {
  const block = yield number
  if (block === undefined) throw new Error(`expected block ${number}, resumed without it`)
  return block
}

/**
 * Runs such a computation against the engine until it is done or lets others have their turn.
 * @throws Error (temporary) when the engine cannot be asked or does not have the block. The computation is then lost.
 */
export async function answerL2Reads<Result>(
  reads: L2Reads<Result>,
  l2: L2Source,
  signal: AbortSignal,
): Promise<IteratorResult<undefined, Result>> {
  let step = reads.next()
  while (!step.done && step.value !== undefined) {
    step = reads.next(await safeBlockOf(l2, step.value, signal))
  }
  return step.done ? step : { done: false, value: undefined }
}

/** @throws Error (temporary) when the engine cannot be asked or does not have the block. */
export async function safeBlockOf(l2: L2Source, number: bigint, signal: AbortSignal): Promise<L2Block> {
  const block = await l2.blockByNumber(number, signal)
  if (block === null)
    throw new Error(
      `expected the engine to have block ${number} of the safe chain, found none; is it syncing?`,
    )
  return block
}
