import { isZeroRef } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { isZeroHash } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { headOf, levels } from '../world/levels.ts'
import type { Observation } from '../world/status-stream.ts'
import { createForeignSources } from './foreign-sources.ts'
import { ModelViolation } from './model-violation.ts'

/** By no more blocks a follower goes ahead for a source that it did not ask for its chain (follow-mode.md, step 3). */
const unaskedMax = 3

/**
 * Every head that a node publishes, every one that it tells its engine, and every block that it takes of its peers is one
 * that some engine of the world made, under its own number: whatever a source says, there is no other (follow-mode.md, steps
 * 3 to 5). A head to sync to may be of another chain while the follower cannot know that its source is; before it replaces
 * its head it asks. Returns what ends it.
 */
export function watchBlocks(world: WatchedWorld): () => void {
  const { events, rollup, cls } = world
  const foreign = createForeignSources()
  /** Blocks of another chain that a follower could not know from its own. */
  const taken = new Set<string>()
  /** The number of the head that the engine of each node took last, or syncs to: what it refuses, the node does not have. */
  const headOfEngine = new Map<string, number>()
  const made = new Map<string, number>([[rollup.genesis.l2.hash, Number(rollup.genesis.l2.number)]])
  const fail = (name: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, 'blocks-exist', found))
  }

  function observe({ node, status }: Observation): void {
    for (const level of levels) {
      const ref = headOf(status, level)
      if (isZeroRef(ref) || made.get(ref.hash) === Number(ref.number)) continue
      const number = made.get(ref.hash)
      fail(
        node,
        `it publishes ${level} ${ref.number}:${ref.hash.slice(0, 10)}…, which ${number === undefined ? 'nobody made' : `is block ${number}`}`,
      )
    }
  }

  /** A hostile peer may send what nobody made: no node takes it, or passes it on. */
  function take({ node, action, block }: Extract<WorldEvent, { kind: 'gossip' }>): void {
    if (action !== 'accept' || block === undefined || made.get(block.hash) === block.number) return
    fail(node, `it takes block ${block.number}:${block.hash.slice(0, 10)}… of a peer, which nobody made`)
  }

  const ends = [
    events.subscribe(
      (event) => {
        foreign.add(event)
        if (event.kind === 'gossip') take(event)
        if (event.kind !== 'engine') return
        const { block, method, heads, t } = event
        if (block !== undefined && method.startsWith('engine_getPayload')) made.set(block.hash, block.number)
        const name = consumerOf(event.link)
        if (heads === undefined || !cls.has(name)) return
        const unasked = foreign.unasked(name, heads.unsafe)
        const before = headOfEngine.get(name)
        if (unasked !== undefined && before !== undefined && !taken.has(heads.unsafe))
          if (unasked <= before || unasked > before + unaskedMax)
            fail(
              name,
              `it leaves its head ${before} for ${unasked}:${heads.unsafe.slice(0, 10)}… of a source that is of another chain, and did not ask`,
            )
        const number = made.get(heads.unsafe) ?? unasked
        const isTaken = event.status === 'VALID' || event.status === 'SYNCING'
        if (number !== undefined && isTaken) headOfEngine.set(name, number)
        for (const [level, hash] of Object.entries(heads)) {
          if (isZeroHash(hash) || made.has(hash)) continue
          // Only as what the engine may sync to: what it has not, no label can be.
          if (level === 'unsafe' && foreign.isUnknown(name, t)) taken.add(hash)
          if (level !== 'unsafe' || !taken.has(hash))
            fail(name, `it tells its engine that ${hash.slice(0, 10)}… is ${level}, which nobody made`)
        }
      },
      { history: true },
    ),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
