import { z } from 'zod'
import { orAbsent } from '../../node/adapters/absence.ts'
import { formatRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { headOf, type Level } from '../world/levels.ts'
import type { ClHandle, World } from '../world/world.ts'
import type { Run } from './run.ts'
import { gapBlocksMax } from './sync-gap.ts'
import type { Look } from './wait.ts'

/** What else must be true of two heads that are in sync. */
export interface InSyncOptions {
  /**
   * The first node's unsafe head came by gossip: at that moment it is further than all that its source reported as safe, or,
   * on a node that derives, than its own local-safe head.
   */
  readonly by: 'gossip'
}

const blockHashSchema = z.looseObject({ hash: z.string() }).nullable()

/**
 * The comparison of two heads that move: the target is the higher of the two at the start; both must reach it; then
 * the higher node's canonical block at the lower node's height has the lower node's hash, and the gap is no larger than
 * the topology explains. From op-devstack's `InSync`, which replaced exact equality because that was flaky.
 */
export async function compareHeads(
  run: Run,
  [a, b]: readonly [ClHandle, ClHandle],
  level: Level,
  options?: InSyncOptions,
): Promise<void> {
  const { failed, topology, parameters } = run.world
  const [startA, startB] = await Promise.all([a.status.observe(failed), b.status.observe(failed)])
  const [headA, headB] = [headOf(startA.status, level).number, headOf(startB.status, level).number]
  const [behind, target] = headA < headB ? [headA, headB] : [headB, headA]
  const gapMax = gapBlocksMax(topology, parameters, [a.name, b.name], level)
  const byGossip = options?.by === 'gossip'
  const reports = watchReports(run.world, a.name)
  /** Two nodes that finalized different blocks at one height never come together. */
  async function apartForGood(one: SyncStatus, two: SyncStatus): Promise<string | null> {
    const [ofA, ofB] = [one.finalizedL2, two.finalizedL2]
    const [low, high] = ofA.number <= ofB.number ? [ofA, b] : [ofB, a]
    if (low.number === 0n) return null
    const at = `0x${low.number.toString(16)}`
    const block = blockHashSchema.parse(
      await orAbsent(high.el.rpc.request('eth_getBlockByNumber', [at, false], failed)),
    )
    if (block === null || block.hash === low.hash) return null
    const other = high === a ? b : a
    return `${other.name} has finalized ${formatRef(low)}, and ${high.name} has ${block.hash} there, finalized as well`
  }
  try {
    await run.wait({
      what: `${a.name}: ${level} in sync with ${b.name}${byGossip ? ' by gossip' : ''}`,
      expected: `both at ${target} or higher, on one chain, at most ${gapMax} blocks apart${
        byGossip ? `, and ${a.name} ahead of everything that it knows to be safe` : ''
      }`,
      // Gossip does nothing for a node whose unsafe chain L1 has orphaned: it goes on when the safe chain passes it.
      limits: run.limits(level === 'unsafe' ? 'localSafe' : level, target - behind + 10n),
      streams: [a.status, b.status],
      async look(signal): Promise<Look<void>> {
        const [latestA, latestB] = [a.status.latest?.status, b.status.latest?.status]
        if (latestA === undefined || latestB === undefined) return { done: false, found: 'no status yet' }
        const one: Side = { node: a, head: headOf(latestA, level) }
        const two: Side = { node: b, head: headOf(latestB, level) }
        const [low, high] = one.head.number <= two.head.number ? [one, two] : [two, one]
        const heads = `${a.name} ${formatRef(one.head)}, ${b.name} ${formatRef(two.head)}`
        // What the other one does is no progress.
        const notYet = (why = '') => ({
          done: false as const,
          found: heads + why,
          progress: `${low.node.name} ${low.head.hash}`,
          lagging: `${low.node.name} at ${low.head.number}`,
        })
        if (low.head.number < target || high.head.number - low.head.number > gapMax) return notYet()
        const at = `0x${low.head.number.toString(16)}`
        const block = blockHashSchema.parse(
          await orAbsent(high.node.el.rpc.request('eth_getBlockByNumber', [at, false], signal)),
        )
        if (block?.hash !== low.head.hash) {
          const apart = notYet(`; ${high.node.name} has ${block?.hash} at ${low.head.number}`)
          const never = await apartForGood(latestA, latestB)
          return never === null ? apart : { ...apart, never }
        }
        const known = byGossip ? knownSafe(latestA, reports.safe) : -1n
        return one.head.number > known
          ? { done: true, value: undefined }
          : notYet(`; ${a.name} knows block ${known} to be safe, so that its unsafe head may come from there`)
      },
    })
  } finally {
    reports.end()
  }
}

interface Side {
  readonly node: ClHandle
  readonly head: L2BlockRef
}

/** The highest block that the node holds to be safe, or was told to be. */
function knownSafe({ localSafeL2, safeL2 }: SyncStatus, reported: bigint): bigint {
  return [reported, localSafeL2.number, safeL2.number].reduce((a, b) => (a > b ? a : b))
}

/** The highest block that its source reports to the node as safe, from now on. */
function watchReports({ events }: World, follower: string): { readonly safe: bigint; end(): void } {
  let safe = -1n
  const end = events.subscribe((event) => {
    if (event.kind !== 'source' || event.follower !== follower || event.heads === undefined) return
    const { localSafe, crossSafe } = event.heads
    const reported = BigInt(Math.max(localSafe.number, crossSafe.number))
    if (reported > safe) safe = reported
  })
  return {
    get safe() {
      return safe
    },
    end,
  }
}
