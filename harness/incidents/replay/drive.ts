import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import type { Fact } from '../../events/event.ts'
import { createEventStream } from '../../events/stream.ts'
import { createRandomStreams } from '../../world/random-streams.ts'
import { createEventLogger } from '../../world/sim/event-logger.ts'
import { headFacts } from '../../world/status-stream.ts'
import type { Incident, IncidentNode } from '../explain/incident.ts'
import { createModelEngine, type ModelEngine } from './model-engine.ts'
import type { NodeUnderTest, ReplayedWorld } from './node-under-test.ts'
import type { MakePace } from './pace.ts'
import type { RecordedBlocks } from './recorded-blocks.ts'
import { createRecordedL1, type RecordedL1 } from './recorded-l1.ts'
import { recordedStatus } from './recorded-source.ts'
import { engineAt, inputsOf, type ReplayInput } from './replay-inputs.ts'
import type { TimedFact } from './timed-fact.ts'

/** What a node is driven by. */
export interface Driven {
  readonly incident: Incident
  readonly node: IncidentNode
  readonly source: IncidentNode
  readonly blocks: RecordedBlocks
  /** Unix time in milliseconds. */
  readonly from: number
}

/** Gives a node at the recorded times what the recording gave the one in its place, and tells what it published then. */
export async function drive(
  driven: Driven,
  create: (world: ReplayedWorld) => NodeUnderTest | Promise<NodeUnderTest>,
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
  const until = (t: number) => clock.sleep(Math.max(0, t - clock.nowMs()), stop.signal)
  const play = async () => {
    for (const input of inputs.slice(first)) {
      await until(input.t)
      apply(input, under.hear)
    }
    await until(incident.to)
  }
  pace.begin()
  const watched = watch(under, engine, { driven, record: stream.record, clock, signal: stop.signal })
  try {
    await pace.run(
      play().catch((error: unknown) => {
        // There is nobody any more to be given the rest: with a process that would be hours.
        if (!stop.signal.aborted) throw error
      }),
    )
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
