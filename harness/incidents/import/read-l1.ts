import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { type BlockHeader, readHeader } from '../record/block-header.ts'
import { ImportError } from './read-log.ts'

/** Two weeks of blocks; a range that is longer is a slip of the hand. */
export const l1BlocksMax = 100_000
const batchSize = 50

/**
 * The headers of L1 from one block to another, as L1 has them now.
 * @throws ImportError when a block is not there; the client's errors.
 */
export async function readL1(
  rpc: Pick<JsonRpcClient, 'requestAll'>,
  { from, to, signal }: { readonly from: number; readonly to: number; readonly signal: AbortSignal },
): Promise<readonly BlockHeader[]> {
  const headers: BlockHeader[] = []
  for (let start = from; start <= to; start += batchSize) {
    const count = Math.min(batchSize, to - start + 1)
    const calls = Array.from({ length: count }, (_, index) => ({
      ...{ method: 'eth_getBlockByNumber', params: [`0x${(start + index).toString(16)}`, false] },
    }))
    for (const [index, outcome] of (await rpc.requestAll(calls, signal)).entries()) {
      if (outcome.status === 'rejected') throw outcome.reason
      const header = readHeader(outcome.value)
      if (header === null)
        throw new ImportError(`--l1: expected block ${start + index}, found that L1 does not have it`)
      headers.push(header)
    }
  }
  return headers
}
