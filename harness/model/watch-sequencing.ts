import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { createClocks } from './clocks.ts'
import { ModelViolation } from './model-violation.ts'

const originsMax = 10_000
/** Who publishes a block takes it for no older than 60 s, in whole seconds; a second for what it is under way. */
const publishedMs = 62_000

type Event<Kind extends WorldEvent['kind']> = Extract<WorldEvent, { kind: Kind }>

/**
 * What a sequencer builds. One that an operator has stopped finishes no block (optimism#21690; one that derives builds
 * derived blocks, and is not judged). The L1 origin of a block is that of its parent or the child of that on L1
 * (specs/protocol/derivation.md, "Batch Queue"), and a block is published at its time. Returns what ends it.
 */
export function watchSequencing(world: WatchedWorld): () => void {
  const { events, parameters } = world
  const clocks = createClocks()
  const l1Parents = new Map<string, string>()
  /** The newest block of each number: blocks are told from the lowest up, after a reorg too. */
  const l1Newest = new Map<number, string>()
  const origins = new Map<string, string>()
  /** What each sequencer had its engine build, by hash. */
  const built = new Map<string, string>()
  let l1Highest = 0
  const stopped = new Set<string>()
  const fail = (name: string, rule: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(name, rule, found))
  }
  const follows = (name: string) => world.cls.get(name)?.spec.mode.kind === 'follow'

  function learnL1({ number, hash }: { readonly number: number; readonly hash: string }): void {
    l1Highest = Math.max(l1Highest, number)
    const parent = l1Newest.get(number - 1)
    if (parent !== undefined) l1Parents.set(hash, parent)
    l1Newest.set(number, hash)
  }

  function judgeSeal({ link, method, block }: Event<'engine'>): void {
    if (!method.startsWith('engine_getPayloadV')) return
    const name = consumerOf(link)
    if (stopped.has(name) && follows(name))
      fail(name, 'stopped', `it was stopped, and finished block ${block?.number} after that`)
  }

  /**
   * A block is there at its slot, not before: who sees it sooner than it says may take it for one of a wrong clock. Nor is it
   * published when every peer must refuse it for its age (specs/protocol/rollup-node-p2p.md, "Block validation"). Whose clock
   * is wrong does so by that one.
   */
  function judgeSlot({ node, block, t }: Event<'gossip'>): void {
    if (block === undefined) return
    const { rollup } = world
    const slotMs = (Number(rollup.genesis.l2Time) + block.number * parameters.l2BlockTime) * 1000
    const earlyMs = slotMs - (t + clocks.aheadMs(node))
    if (earlyMs > parameters.l2BlockTime * 1000)
      fail(
        node,
        'slots',
        `it published block ${block.number} ${earlyMs / 1000} s before the time that it says`,
      )
    if (earlyMs < -publishedMs)
      fail(
        node,
        'slots',
        `it published block ${block.number} ${-earlyMs / 1000} s after its time, and every peer must refuse it`,
      )
  }

  function learnBuilt({ link, method, block }: Event<'engine'>): void {
    if (block === undefined || !method.startsWith('engine_getPayload')) return
    built.set(block.hash, consumerOf(link))
    if (built.size > originsMax) built.delete(built.keys().next().value as string)
  }

  function judgeOrigin({ node, block, origin }: Event<'head'>): void {
    if (origin === undefined || block.parent === undefined) return
    origins.set(block.hash, origin.hash)
    if (origins.size > originsMax) origins.delete(origins.keys().next().value as string)
    const before = origins.get(block.parent)
    if (before === undefined || before === origin.hash) return
    const confirmations = world.cls.get(node)?.spec.sequencer?.l1Confirmations ?? 0
    if (built.get(block.hash) === node && origin.number + confirmations > l1Highest)
      fail(
        node,
        'origins-confirmed',
        `it built block ${block.number} on the L1 origin ${origin.number}, with L1 at ${l1Highest} and ${confirmations} confirmations asked for`,
      )
    const parent = l1Parents.get(origin.hash)
    if (parent === undefined || parent === before) return
    fail(
      node,
      'origin-by-origin',
      `block ${block.number} has the L1 origin ${origin.number}:${origin.hash.slice(0, 10)}…, which is no child of the origin of its parent, ${before.slice(0, 10)}…`,
    )
  }

  return events.subscribe(
    (event) => {
      clocks.add(event)
      if (event.kind === 'l1-block') learnL1(event.block)
      else if (event.kind === 'reach' && event.mark === 'sequencer stopped') stopped.add(event.node ?? '')
      else if (event.kind === 'reach' && event.mark === 'sequencer started') stopped.delete(event.node ?? '')
      else if (event.kind === 'component') stopped.delete(event.component)
      else if (event.kind === 'gossip' && event.action === 'publish' && world.cls.has(event.node))
        judgeSlot(event)
      else if (event.kind === 'engine' && event.block !== undefined) {
        learnBuilt(event)
        judgeSeal(event)
      } else if (event.kind === 'head' && event.level === 'unsafe') judgeOrigin(event)
    },
    { history: true },
  )
}
