import type { Hash } from 'viem'
import type { EngineContext } from './engine-context.ts'

/**
 * Hash of the block that the execution engine has at the height of our unsafe head; null when its chain is shorter. The
 * engine has accepted our head when it is that block. Its `latest` says less: told of a canonical ancestor, an engine
 * keeps the blocks above it until another block takes their place (op-geth; execution-apis, engine/paris.md, point 2 of
 * `engine_forkchoiceUpdatedV1`, lets it).
 */
export async function engineHashAtHead({ store, l2, signal }: EngineContext): Promise<Hash | null> {
  const block = await l2.blockByNumber(store.state.unsafe.number, signal)
  return block?.payload.blockHash ?? null
}
