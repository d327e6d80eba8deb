import { isZeroRef } from '../../node/protocol/refs.ts'
import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { calmMs } from './calm.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

/** What a node that nothing disturbs takes at most for a block that it was given, besides a few slots. */
const takesMs = 4_000
/** Blocks that are remembered of each node: those of minutes. */
const acceptedMax = 1_024

/**
 * The unsafe head goes on: a node that was given the block on its head by its peers has it before long, and does not wait for
 * what becomes safe (specs/protocol/rollup-node-p2p.md, "Block processing"; follow-mode.md, "Failure modes"). Judged while
 * nothing disturbs it, nor the sequencer that built the block, and while its engine does not sync to another chain.
 * Returns what ends it.
 */
export function watchUnsafe(world: WatchedWorld): () => void {
  const { events, cls, rollup, parameters } = world
  const blocks = createL2Blocks({ number: Number(rollup.genesis.l2.number), hash: rollup.genesis.l2.hash })
  const disturbances = createDisturbances()
  const calm = calmMs(parameters)
  const dueMs = takesMs + 4_000 * parameters.l2BlockTime
  const sequencers = [...cls.values()].filter(({ spec }) => spec.sequencer !== undefined)
  /** When each node was given which block, by its hash. */
  const accepted = new Map<string, Map<string, number>>([...cls.keys()].map((name) => [name, new Map()]))

  /** When the engine of a node last said that it syncs. */
  const syncingMs = new Map<string, number>()

  function give({ node, action, block, t }: Extract<WorldEvent, { kind: 'gossip' }>): void {
    const given = accepted.get(node)
    if (given === undefined || action !== 'accept' || block === undefined || given.has(block.hash)) return
    if (isDisturbed(node, t)) return
    given.set(block.hash, t)
    if (given.size > acceptedMax) given.delete(given.keys().next().value as string)
  }

  /** Whether something may keep the node from taking a block, or have kept the sequencer from building one that stays. */
  const isDisturbed = (node: string, t: number) =>
    [node, ...sequencers.map(({ name }) => name)].some((name) => t - disturbances.lastMs(name) <= calm)

  function observe({ node, askedMs, status: { unsafeL2 } }: Observation): void {
    if (isZeroRef(unsafeL2) || cls.get(node)?.spec.sequencer !== undefined || isDisturbed(node, askedMs))
      return
    if (askedMs - (syncingMs.get(node) ?? 0) <= dueMs) return
    for (const [hash, t] of accepted.get(node) ?? []) {
      if (askedMs - t <= dueMs) return
      if (blocks.parentOf(hash) !== unsafeL2.hash || world.failed.aborted) continue
      world.fail(
        new ModelViolation(
          node,
          'unsafe-goes-on',
          `its unsafe head is ${unsafeL2.number}:${unsafeL2.hash.slice(0, 10)}…, and it was given the block on it ${(askedMs - t) / 1000} s ago`,
        ),
      )
    }
  }

  const ends = [
    events.subscribe(
      (event) => {
        blocks.add(event)
        disturbances.add(event)
        if (event.kind === 'gossip') give(event)
        else if (event.kind === 'engine' && event.status === 'SYNCING')
          syncingMs.set(consumerOf(event.link), event.t)
      },
      { history: true },
    ),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
