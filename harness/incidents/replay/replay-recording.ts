import type { WorldEvent } from '../../events/event.ts'
import { explainEvents } from '../explain/explain.ts'
import type { Explanation } from '../explain/explanation.ts'
import { type Incident, readIncident } from '../explain/incident.ts'
import { compareHeads, type HeadComparison } from './compare-heads.ts'
import { drive } from './drive.ts'
import type { NodeUnderTest, ReplayedWorld } from './node-under-test.ts'
import { type MakePace, virtualPace } from './pace.ts'
import { type RecordedBlocks, readBlocks } from './recorded-blocks.ts'
import { beginning } from './replay-inputs.ts'
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
  const verdict = replayVerdict(node.name, recorded, replayed)
  const ended = endOf(facts)
  const both = replayedStream(events, { node: node.name, engine: engineName, facts, both: true })
  const failed =
    ended ?? (verdict.replayed === null ? null : `${verdict.replayed.rule}: ${verdict.replayed.what}`)
  const end: WorldEvent = {
    ...{ seq: both.length, t: Math.max(incident.to, both.at(-1)?.t ?? 0), kind: 'end' },
    ...{ outcome: failed === null ? 'passed' : 'failed', durationMs: incident.to - from },
    ...(failed === null ? {} : { message: failed }),
  }
  return {
    ...{ node: node.name, source: source.name, from, to: incident.to, recorded, replayed, verdict, ended },
    comparison: compareHeads(incident, node, readIncident(replayedEvents).nodes.get(node.name), from),
    stoodIn: stoodIn(incident, blocks, live !== undefined),
    events: [...both, end],
  }
}

function endOf(facts: readonly TimedFact[]): string | null {
  const end = facts.find(({ fact }) => fact.kind === 'component' && fact.action === 'exit')?.fact
  return end?.kind === 'component' ? (end.reason ?? 'without a reason') : null
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
