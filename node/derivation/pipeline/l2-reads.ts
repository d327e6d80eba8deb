import type { L2Block, L2Source } from '../../ports/l2-source.ts'

/**
 * A pure computation that may need blocks of the safe chain: it yields the number of each and is resumed with the
 * block. So the rules stay free of I/O, and an engine that cannot answer leaves their state untouched.
 */
export type L2Reads<Result> = Generator<bigint, Result, L2Block>

/**
 * Runs such a computation against the engine.
 * @throws Error (temporary) when the engine cannot be asked or does not have the block.
 */
export async function answerL2Reads<Result>(
  reads: L2Reads<Result>,
  l2: L2Source,
  signal: AbortSignal,
): Promise<Result> {
  let step = reads.next()
  while (!step.done) {
    const block = await l2.blockByNumber(step.value, signal)
    if (block === null)
      throw new Error(
        `expected the engine to have block ${step.value} of the safe chain, found none; is it syncing?`,
      )
    step = reads.next(block)
  }
  return step.value
}
