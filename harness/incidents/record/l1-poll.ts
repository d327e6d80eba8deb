import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { JsonRpcTransportError } from '../../../node/json-rpc/errors.ts'
import type { Fact } from '../../events/event.ts'
import { type BlockHeader, linkedBlock, readHeader } from './block-header.ts'
import { createL1History } from './l1-history.ts'

/** At the beginning so many blocks are read below the head: the safe heads of that moment stand on them. */
const historyBlocks = 64
/** A longer way back to a known block is not walked: the rest of the branch is a gap. */
const walkBlocksMax = 256

/**
 * L1 as its endpoint shows it: every block, orphans kept, and its labels. Throws when the head cannot be had.
 */
export function l1Poll(
  rpc: Pick<JsonRpcClient, 'request' | 'requestAll'>,
  record: (fact: Fact) => void,
  /** Called with every new head; says how many calls it made. */
  onHead: (head: BlockHeader, signal: AbortSignal) => Promise<number> = async () => 0,
): (signal: AbortSignal) => Promise<number> {
  const history = createL1History()
  let begun = false
  let labels = ''
  let behind = 0

  /** The head and its ancestors down to the first that is known, oldest first. */
  async function branchOf(head: BlockHeader, signal: AbortSignal): Promise<readonly BlockHeader[]> {
    const max = begun ? walkBlocksMax : historyBlocks
    const branch: BlockHeader[] = []
    let at: BlockHeader | null = head
    while (at !== null && !history.isCanonical(linkedBlock(at))) {
      branch.unshift(at)
      if (at.number === 0n || branch.length > max) break
      const known: boolean = history.isCanonical({ number: Number(at.number) - 1, hash: at.parentHash })
      at = known ? null : readHeader(await rpc.request('eth_getBlockByHash', [at.parentHash, false], signal))
    }
    return branch
  }

  return async (signal) => {
    const outcomes = await rpc.requestAll(
      ['latest', 'safe', 'finalized'].map((label) => ({
        ...{ method: 'eth_getBlockByNumber', params: [label, false] },
      })),
      signal,
    )
    const [latest, safe, finalized] = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? readHeader(outcome.value) : null,
    )
    const [first] = outcomes
    if (latest === null || latest === undefined)
      throw first?.status === 'rejected' ? first.reason : new JsonRpcTransportError('L1 shows no head')
    const branch = await branchOf(latest, signal)
    const facts = history.add(branch)
    begun = true
    for (const fact of facts) record(fact)
    if (branch.length === 0 && history.head > Number(latest.number)) behind++
    if (branch.length > 0 && behind > 0) {
      record({
        ...{ kind: 'note', component: 'l1' },
        message: `the L1 endpoint showed a head below the one before ${behind} times: one of several that are not equally far?`,
      })
      behind = 0
    }
    const now = { safe: Number(safe?.number ?? 0n), finalized: Number(finalized?.number ?? 0n) }
    if (labels !== JSON.stringify(now)) {
      labels = JSON.stringify(now)
      record({ kind: 'l1-labels', ...now })
    }
    return 3 + branch.length + (branch.length === 0 ? 0 : await onHead(latest, signal))
  }
}
