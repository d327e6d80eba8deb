import { formatRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { isZeroHash, type L2Blocks } from '../events/l2-blocks.ts'
import { headOf, type Level } from '../world/levels.ts'
import { type Finding, type ForkchoiceEvent, type Invariant, shortHash } from './invariant.ts'

const order: readonly Level[] = ['finalized', 'crossSafe', 'localSafe', 'unsafe']

/** finalized ≤ safe ≤ local-safe ≤ unsafe in every published status, and on one chain in every forkchoice update. */
export function headsOrdered(): Invariant {
  return {
    name: 'heads-ordered',
    rule: 'finalized ≤ safe ≤ local-safe ≤ unsafe in every published status and every forkchoice update, whose three are of one chain',
    judge(evidence, { blocks }) {
      return evidence.kind === 'status'
        ? judgeStatus(evidence.observation.status)
        : judgeForkchoice(evidence.event, blocks)
    },
  }
}

function judgeStatus(status: SyncStatus): Finding {
  for (const [index, lower] of order.entries()) {
    const higher = order[index + 1]
    if (higher === undefined) break
    const [low, high] = [headOf(status, lower), headOf(status, higher)]
    if (low.number > high.number)
      return { violated: `${lower} ${formatRef(low)} is ahead of ${higher} ${formatRef(high)}` }
    if (low.number === high.number && low.hash !== high.hash && low.number > 0n)
      return { violated: `${lower} ${formatRef(low)} and ${higher} ${formatRef(high)} differ at one height` }
  }
  return 'holds'
}

/**
 * A zero hash says nothing. What was never told of cannot be placed. The chain of a head is the engine's to know: while it
 * fetches it (SYNCING) it sets no labels, and where it finds that they do not fit (-38002) it sets none either and the node
 * resets: execution-apis, paris.md, "engine_forkchoiceUpdatedV1", 2 and 6. So a chain is judged where the engine took it.
 */
function judgeForkchoice({ method, heads, status }: ForkchoiceEvent, blocks: L2Blocks): Finding {
  const all = [
    { name: 'finalized', hash: heads.finalized },
    { name: 'safe', hash: heads.safe },
    { name: 'unsafe', hash: heads.unsafe },
  ].filter(({ hash }) => !isZeroHash(hash))
  let judged = false
  for (const [index, low] of all.entries()) {
    const high = all[index + 1]
    if (high === undefined) break
    const [from, to] = [blocks.numberOf(low.hash), blocks.numberOf(high.hash)]
    if (from === undefined || to === undefined) continue
    judged = true
    const name = (head: typeof low, number: number) => `${head.name} ${number}:${shortHash(head.hash)}`
    if (from > to) return { violated: `${method} names ${name(low, from)} above ${name(high, to)}` }
    if (status === 'VALID' && blocks.ancestry(low.hash, high.hash) === 'no')
      return {
        violated: `${method} names ${name(low, from)}, which is not on the chain of ${name(high, to)}`,
      }
  }
  return judged ? 'holds' : 'not-judged'
}
