import { z } from 'zod'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { hashSchema, plainUint } from '../../node/protocol/json-schema.ts'
import type { BlockId } from '../../node/protocol/refs.ts'

/** What was safe at an L1 block, and the L1 block that made it so. */
export interface SafeHeadAtL1 {
  readonly l1Block: BlockId
  readonly safeHead: BlockId
}

const blockIdSchema = z.object({ hash: hashSchema, number: plainUint })
const schema = z.object({ l1Block: blockIdSchema, safeHead: blockIdSchema })

/** @throws what the node answers, but for "not found", which is null. */
export async function safeHeadAtL1(
  rpc: Pick<JsonRpcClient, 'request'>,
  l1Number: bigint,
  signal?: AbortSignal,
): Promise<SafeHeadAtL1 | null> {
  try {
    return schema.parse(
      await rpc.request('optimism_safeHeadAtL1Block', [`0x${l1Number.toString(16)}`], signal),
    )
  } catch (error) {
    if (error instanceof JsonRpcError && error.message === 'not found') return null
    throw error
  }
}
