import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import type { Fact, WorldEvent } from '../../events/event.ts'
import { createEventStream } from '../../events/stream.ts'
import { createRandomStreams } from '../../world/random-streams.ts'
import { createEventLogger } from '../../world/sim/event-logger.ts'
import { headFacts } from '../../world/status-stream.ts'
import { explainEvents } from '../explain/explain.ts'
import type { Explanation } from '../explain/explanation.ts'
import { type Incident, type IncidentNode, readIncident } from '../explain/incident.ts'
import { compareHeads, type HeadComparison } from './compare-heads.ts'
import { createModelEngine, type ModelEngine } from './model-engine.ts'
import type { NodeUnderTest, ReplayedWorld } from './node-under-test.ts'
import { type MakePace, virtualPace } from './pace.ts'
import { type RecordedBlocks, readBlocks } from './recorded-blocks.ts'
import { createRecordedL1, type RecordedL1 } from './recorded-l1.ts'
import { recordedStatus } from './recorded-source.ts'
import { beginning, engineAt, inputsOf, type ReplayInput } from './replay-inputs.ts'
import { type ReplayVerdict, replayVerdict } from './replay-verdict.ts'
import { replayedStream } from './replayed-stream.ts'
import type { TimedFact } from './timed-fact.ts'
import { underTest } from './under-test.ts'

export interface ReplayOptions {
  /** Default: the follower that the explanation names, or the first one. */
  readonly node?: string | undefined
  readonly create: (world: ReplayedWorld) => NodeUnderTest | Promise<NodeUnderTest>
  /** The node is a process of its own, which lives by the machine's time and computes hashes. Default: virtual time. */
  readonly live?: MakePace | undefined
}

export interface Replay {
  readonly node: string
  readonly source: string
  /** Unix time in milliseconds. */
  readonly from: number
  readonly to: number
  readonly verdict: ReplayVerdict
  /** Why the node ended before the recording did; null when it did not. */
  readonly ended: string | null
  readonly comparison: HeadComparison
  readonly recorded: Explanation
  readonly replayed: Explanation
  /** What the recording does not have, each in a sentence. */
  readonly stoodIn: readonly string[]
  /** The recording with the heads of the node as replayed, and as recorded under another name: for a report. */
  readonly events: readonly WorldEvent[]
}

/**
 * Drives a node by what a recording says that its L1, its source, its peers and its engine did, at the recorded times of
 * a virtual clock.
 * @throws ReplayError when the recording does not hold what that takes.
 */
export async function replayRecording(
  events: readonly WorldEvent[],
  { node: wanted, create, live }: ReplayOptions,
): Promise<Replay> {
  // An explanation needs few of the events, a replay all of them.
  const incident = { ...readIncident(events), events }
  const recorded = explainEvents(events)
  const { node, source } = underTest(incident, recorded, wanted)
  const engineName = `${node.name}-el`
  const blocks = readBlocks(incident, new Set([node.name, engineName]), live !== undefined)
  const from = beginning(incident, node, source)
  const facts = await drive({ incident, node, source, blocks, from }, create, live ?? virtualPace)
  const replayedEvents = replayedStream(events, { node: node.name, engine: engineName, facts, both: false })
  const replayed = explainEvents(replayedEvents)
  return {
    ...{ node: node.name, source: source.name, from, to: incident.to, recorded, replayed },
    verdict: replayVerdict(node.name, recorded, replayed),
    ended: endOf(facts),
    comparison: compareHeads(incident, node, readIncident(replayedEvents).nodes.get(node.name), from),
    stoodIn: stoodIn(incident, blocks, live !== undefined),
    events: replayedStream(events, { node: node.name, engine: engineName, facts, both: true }),
  }
}

function endOf(facts: readonly TimedFact[]): string | null {
  const end = facts.find(({ fact }) => fact.kind === 'component' && fact.action === 'exit')?.fact
  return end?.kind === 'component' ? (end.reason ?? 'without a reason') : null
}

interface Driven {
  readonly incident: Incident
  readonly node: IncidentNode
  readonly source: IncidentNode
  readonly blocks: RecordedBlocks
  readonly from: number
}

async function drive(
  driven: Driven,
  create: ReplayOptions['create'],
  makePace: MakePace,
): Promise<readonly TimedFact[]> {
  const { incident, node, source, blocks, from } = driven
  const pace = makePace(from)
  const { clock } = pace
  const stream = createEventStream(clock)
  const facts: TimedFact[] = []
  stream.subscribe(({ seq: _, t, ...fact }) => void facts.push({ t, fact: fact as Fact }))
  const { config } = blocks
  const l1 = createRecordedL1(config.l1ChainId)
  const engine = createModelEngine(config.l2ChainId, blocks.base.envelope)
  const start = engineAt(node, from, blocks)
  engine.adopt(start.chain)
  engine.label(start)
  let signer = 'not known'
  const inputs = inputsOf(incident, node, blocks)
  const later = inputs.findIndex(({ t }) => t > from)
  const first = later < 0 ? inputs.length : later
  const apply = (input: ReplayInput, hear: NodeUnderTest['hear']) => {
    if (input.kind === 'signer') signer = input.address
    else applyTo(input, { l1, engine, hear })
  }
  const heard: PayloadEnvelope[] = []
  for (const input of inputs.slice(0, first)) apply(input, (block) => void heard.push(block))

  const under = await create({
    ...{ name: node.name, config, clock: pace.of(node.name), l1, engine },
    recordedHash: blocks.recordedHash,
    random: createRandomStreams('replay')(node.name),
    logger: createEventLogger({ component: node.name, events: stream, level: 'warn' }),
    source: () => recordedStatus(source, clock.nowMs(), blocks),
    signer: () => signer,
  })
  for (const block of heard) under.hear(block)
  const stop = new AbortController()
  // A node that ends is what a replay may be about: from then on it publishes nothing.
  const running = under.run(stop.signal).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    stream.record({ kind: 'component', component: node.name, action: 'exit', reason })
    stop.abort(error)
  })
  const play = async () => {
    for (const input of inputs.slice(first)) {
      await clock.sleep(Math.max(0, input.t - clock.nowMs()))
      apply(input, under.hear)
    }
    await clock.sleep(Math.max(0, incident.to - clock.nowMs()))
  }
  pace.begin()
  const watched = watch(under, engine, { driven, record: stream.record, clock, signal: stop.signal })
  try {
    await pace.run(play())
  } finally {
    stop.abort(new Error('replayed'))
    await pace.run(Promise.allSettled([running, watched]))
  }
  return facts
}

function applyTo(
  input: Exclude<ReplayInput, { kind: 'signer' }>,
  { l1, engine, hear }: { l1: RecordedL1; engine: ModelEngine; hear: NodeUnderTest['hear'] },
): void {
  switch (input.kind) {
    case 'l1-block':
      l1.add(input.header)
      break
    case 'l1-labels':
      l1.label(input)
      break
    case 'l1-shown':
      l1.show(input.number === null ? null : BigInt(input.number))
      break
    case 'l2-block':
      engine.peers.set(input.block.payload.blockHash, input.block)
      if (input.gossiped) hear(input.block)
      break
    case 'engine-away':
      engine.away = input.away ? new Error('the engine was away then') : null
      break
    case 'engine-lost':
      engine.loseAbove(BigInt(input.above))
      break
  }
}

/** Writes down every move of the node's heads, and of its engine's head, as a recorder would. */
async function watch(
  under: NodeUnderTest,
  engine: ModelEngine,
  {
    driven: { node, incident, blocks },
    record,
    clock,
    signal,
  }: {
    driven: Driven
    record: (fact: Fact) => void
    clock: { nowMs(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> }
    signal: AbortSignal
  },
): Promise<void> {
  const published = new Map<string, string>()
  const tell = (fact: Extract<Fact, { kind: 'head' }>) => {
    const key = `${fact.node} ${fact.level}`
    if (published.get(key) === fact.block.hash) return
    published.set(key, fact.block.hash)
    record(fact)
  }
  const hasEngine = incident.nodes.has(`${node.name}-el`)
  const periodMs = Math.max(50, Math.min(incident.l1BlockMs, incident.l2BlockMs) / 4)
  while (!signal.aborted) {
    const status = await under.status().catch(() => null)
    for (const fact of status === null ? [] : headFacts(node.name, status)) tell(fact)
    if (hasEngine && engine.away === null) {
      const { blockNumber, blockHash, parentHash } = engine.latest.payload
      tell({
        ...{ kind: 'head', node: `${node.name}-el`, level: 'unsafe' },
        block: {
          number: Number(blockNumber),
          hash: blocks.recordedHash(blockHash),
          parent: blocks.recordedHash(parentHash),
        },
      })
    }
    await clock.sleep(periodMs, signal).catch(() => {})
  }
}

function stoodIn(
  incident: Incident,
  { byHash, unnamed, headers, base }: RecordedBlocks,
  isLive: boolean,
): readonly string[] {
  return [
    `the content of all ${byHash.size} L2 blocks from ${base.ref.number} on: same ${isLive ? '' : 'hash, '}place and origin, no transactions but the first`,
    ...(isLive
      ? ['hashes: the process was given blocks with hashes of their own; they are shown by the recorded ones']
      : []),
    ...(unnamed === 0 ? [] : [`${unnamed} L2 blocks that nobody named, between those that were`]),
    ...(headers.standIns === 0 ? [] : [`${headers.standIns} L1 headers that L1 never showed`]),
    isLive
      ? 'gossip: every block that others had came by admin_postUnsafePayload, which asks for no signature'
      : 'signatures of gossiped blocks: every block that others had is taken to be signed as L1 says',
    ...(incident.nodes.values().some(({ kind }) => kind === 'engine')
      ? []
      : ['engines: none was recorded, so that none is ever away']),
  ]
}
