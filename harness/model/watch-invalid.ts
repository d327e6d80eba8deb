import type { WorldEvent } from '../events/event.ts'
import { createL2Blocks } from '../events/l2-blocks.ts'
import { consumerOf } from '../events/traffic-role.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import { ModelViolation } from './model-violation.ts'

type Event<Kind extends WorldEvent['kind']> = Extract<WorldEvent, { kind: Kind }>

/** What a peer gave a moment before may come into the queue only after the engine has answered. */
const underWayMs = 200
const rememberedMax = 512
/** So far above it a payload of the queue may stand. */
const aboveMax = 200

/** What the engine answers to heads that do not go together (execution-apis, paris.md, "Errors"). */
const invalidForkchoiceState = 'rpc_-38002'

interface Queue {
  /** When peers gave payloads last, in milliseconds, by hash. */
  readonly given: Map<string, number>
  /** When the engine called payloads of them INVALID. */
  readonly invalid: Map<string, number>
  /** When it said so of a head that it was told, or refused it: the payload may be dropped then, and may be given again. */
  readonly refused: Map<string, number>
}

/**
 * A payload of its peers that the engine calls INVALID a follower drops with all that waits above it: it gives the engine none
 * of that (specs/protocol/derivation.md, "Processing unsafe payload attributes"). What peers give later is asked for anew.
 * Returns what ends it.
 */
export function watchInvalid(world: WatchedWorld): () => void {
  const { events, cls, rollup } = world
  const blocks = createL2Blocks({
    number: Number(rollup.genesis.l2.number),
    hash: rollup.genesis.l2.hash,
  })
  const queues = new Map<string, Queue>()
  const forget = (node: string) =>
    queues.set(node, { given: new Map(), invalid: new Map(), refused: new Map() })
  for (const { name, spec } of cls.values()) if (spec.mode.kind === 'follow') forget(name)

  function note(times: Map<string, number>, hash: string, t: number): void {
    times.delete(hash)
    times.set(hash, t)
    if (times.size > rememberedMax) times.delete(times.keys().next().value as string)
  }

  /**
   * The block below it that the engine called INVALID while this one waited already, with all between them: what waits above a
   * gap says of no block below that it builds on it.
   */
  function invalidBelow(
    { given, invalid, refused }: Queue,
    hash: string,
    askedMs: number,
  ): string | undefined {
    let newestMs = given.get(hash)
    let at = blocks.parentOf(hash)
    for (let looked = 0; at !== undefined && newestMs !== undefined && looked < aboveMax; looked++) {
      const saidMs = invalid.get(at)
      if (saidMs !== undefined && newestMs + underWayMs < saidMs && saidMs < askedMs) return at
      const givenMs = given.get(at)
      // What was INVALID itself is dropped, and leaves a gap.
      const droppedMs = Math.max(saidMs ?? 0, refused.get(at) ?? 0)
      const waits = givenMs !== undefined && droppedMs < givenMs
      newestMs = waits ? Math.max(newestMs, givenMs) : undefined
      at = blocks.parentOf(at)
    }
    return undefined
  }

  function judge({ link, method, block, heads, status, outcome, durationMs, t }: Event<'engine'>): void {
    const node = consumerOf(link)
    const queue = queues.get(node)
    const isRefused = status === 'INVALID' || outcome === invalidForkchoiceState
    if (heads !== undefined && isRefused && queue !== undefined) note(queue.refused, heads.unsafe, t)
    if (queue === undefined || block === undefined || !method.startsWith('engine_newPayload')) return
    const below = invalidBelow(queue, block.hash, t - durationMs)
    if (below !== undefined && !world.failed.aborted)
      world.fail(
        new ModelViolation(
          node,
          'invalid-is-dropped',
          `it gives its engine block ${block.number}:${block.hash.slice(0, 10)}…, which waited above ${blocks.numberOf(below)}:${below.slice(0, 10)}… when that was INVALID`,
        ),
      )
    if (status === 'INVALID' && queue.given.has(block.hash)) note(queue.invalid, block.hash, t)
    else if (status === 'VALID') queue.invalid.delete(block.hash)
  }

  return events.subscribe(
    (event) => {
      blocks.add(event)
      if (event.kind === 'engine') judge(event)
      else if (event.kind === 'gossip' && event.action === 'accept' && event.block !== undefined) {
        const given = queues.get(event.node)?.given
        if (given !== undefined) note(given, event.block.hash, event.t)
      } else if (event.kind === 'component' && event.action === 'start' && queues.has(event.component))
        forget(event.component)
    },
    { history: true },
  )
}
