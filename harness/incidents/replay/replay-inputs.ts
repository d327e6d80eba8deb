import type { L1Header } from '../../../node/ports/l1-source.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { engineLosses } from '../explain/engine-losses.ts'
import { headAt, trackOf } from '../explain/features.ts'
import { type Incident, type IncidentNode, isZeroHead } from '../explain/incident.ts'
import { signerOfNote } from '../record/signer-note.ts'
import type { RecordedBlock, RecordedBlocks } from './recorded-blocks.ts'
import { ReplayError } from './replay-error.ts'

/** One thing that a node under test is given from a recording. Times are Unix time in milliseconds. */
export type ReplayInput = { readonly t: number } & (
  | { readonly kind: 'l1-block'; readonly header: L1Header }
  | { readonly kind: 'l1-labels'; readonly safe: number; readonly finalized: number }
  /** Its own L1 shows nothing above that; null: everything. */
  | { readonly kind: 'l1-shown'; readonly number: number | null }
  | { readonly kind: 'signer'; readonly address: string }
  /** A block that others have: engines can get it from their peers. `gossiped`: the node under test hears it as well. */
  | { readonly kind: 'l2-block'; readonly block: PayloadEnvelope; readonly gossiped: boolean }
  | { readonly kind: 'engine-away'; readonly away: boolean }
  | { readonly kind: 'engine-lost'; readonly above: number }
)

/** Everything that the recording gave to that node, but for the statuses of its source, in the order of time. */
export function inputsOf(incident: Incident, node: IncidentNode, blocks: RecordedBlocks): ReplayInput[] {
  const engine = incident.nodes.get(`${node.name}-el`)
  const inputs: ReplayInput[] = [
    ...l1Inputs(incident, blocks),
    ...ownL1Inputs(incident, node),
    ...blockInputs(incident, node, blocks),
    ...(engine === undefined ? [] : engineInputs(incident, engine)),
  ]
  return inputs.sort((a, b) => a.t - b.t)
}

function l1Inputs({ events, from }: Incident, { headers }: RecordedBlocks): ReplayInput[] {
  return [
    ...headers.below.map((header) => ({ t: from, kind: 'l1-block' as const, header })),
    ...events.flatMap((event): ReplayInput[] => {
      const { t } = event
      if (event.kind === 'l1-block') return [{ t, kind: 'l1-block', header: headers.of(event.block) }]
      if (event.kind === 'l1-labels')
        return [{ t, kind: 'l1-labels', safe: event.safe, finalized: event.finalized }]
      const signer = event.kind === 'note' ? signerOfNote(event) : null
      return signer === null ? [] : [{ t, kind: 'signer', address: signer }]
    }),
  ]
}

/** What its own L1 showed it, where that was behind the L1 of the recording: a `headL1` that L1 had left already. */
function ownL1Inputs(incident: Incident, node: IncidentNode): ReplayInput[] {
  const { l1, l1BlockMs } = incident
  const inputs: ReplayInput[] = []
  let behind = false
  for (const { t, value } of trackOf(node, 'headL1').moves()) {
    if (isZeroHead(value) || l1.stateAt(value, t) !== 'canonical') continue
    // What is one block behind is on its way.
    const was = l1.headAt(t - l1BlockMs)
    const lags = was !== null && value.number < was.number
    if (!lags && !behind) continue
    behind = lags
    inputs.push({ t, kind: 'l1-shown', number: lags ? value.number : null })
  }
  return inputs
}

function blockInputs(incident: Incident, node: IncidentNode, blocks: RecordedBlocks): ReplayInput[] {
  const peers = incident.events.filter(({ kind }) => kind === 'peer')
  const hears = hasPeers(peers, node.name)
  return [...blocks.byHash.values()].map(({ t, envelope }) => ({
    ...{ t, kind: 'l2-block', block: envelope, gossiped: hears(t) },
  }))
}

/** Whether the node had a gossip peer at a time; true where peers are not known. */
function hasPeers(events: Incident['events'], name: string): (t: number) => boolean {
  const peers = new Set<string>()
  const changes: { readonly t: number; readonly some: boolean }[] = []
  for (const event of events) {
    if (event.kind !== 'peer' || event.node !== name) continue
    if (event.connected) peers.add(event.peer)
    else peers.delete(event.peer)
    changes.push({ t: event.t, some: peers.size > 0 })
  }
  return (t) => changes.findLast((change) => change.t <= t)?.some ?? true
}

function engineInputs(incident: Incident, engine: IncidentNode): ReplayInput[] {
  const lost = engineLosses(incident, engine)
  return [
    ...engine.gaps.flatMap(({ from, to }): ReplayInput[] => [
      { t: from, kind: 'engine-away', away: true },
      { t: to, kind: 'engine-away', away: false },
    ]),
    ...lost.map(({ t, to }): ReplayInput => ({ t, kind: 'engine-lost', above: to.number })),
  ]
}

const replayMsMax = 7 * 86_400_000

/**
 * When the first heads of both are known, and L1: there a replay begins.
 * @throws ReplayError without an L1, or when it is longer than anybody waits for.
 */
export function beginning(incident: Incident, node: IncidentNode, source: IncidentNode): number {
  const [l1] = incident.l1.heads
  if (l1 === undefined)
    throw new ReplayError('expected L1 in the recording, found none of its blocks: record it with --l1')
  const first = (one: IncidentNode) =>
    trackOf(one, 'unsafe')
      .moves()
      .find(({ value }) => !isZeroHead(value))?.t ?? incident.from
  const from = Math.max(first(source), first(node), l1.t)
  if (incident.to - from > replayMsMax)
    throw new ReplayError(
      `expected at most 7 days, found ${((incident.to - from) / 86_400_000).toFixed(1)}: every poll of them would be made again`,
    )
  return from
}

/** What the engine of that node had then, as far as others have the same. */
export function engineAt(node: IncidentNode, t: number, { byHash, base }: RecordedBlocks) {
  const known = (hash: string | undefined) => (hash === undefined ? undefined : byHash.get(hash))
  const chain = (top: RecordedBlock) => {
    const blocks: PayloadEnvelope[] = []
    for (let block: RecordedBlock | null = top; block !== null; block = block.parent)
      blocks.push(block.envelope)
    return blocks.reverse()
  }
  const head = known(headAt(node, 'unsafe', t)?.hash) ?? known(headAt(node, 'localSafe', t)?.hash) ?? base
  const held = chain(head)
  const hashes = new Set<string>(held.map(({ payload }) => payload.blockHash))
  const label = (level: 'crossSafe' | 'finalized') => {
    const block = known(headAt(node, level, t)?.hash)
    return block !== undefined && hashes.has(block.ref.hash) ? block.ref.hash : null
  }
  return { chain: held, safe: label('crossSafe'), finalized: label('finalized') }
}
