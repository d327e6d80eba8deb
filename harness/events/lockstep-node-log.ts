import type { Fact } from './event.ts'
import type { LogLine } from './log-line.ts'
import { type Mark, marks } from './marks.ts'

/** Lines that stand for one mark, by their message. */
const byMessage: Readonly<Record<string, Mark>> = {
  'the execution engine syncs to the follow source': 'follow case 2a',
  'the execution engine could not be asked for the block that the follow source names': 'follow case 2b',
  'current L1 goes back': 'currentL1 went back',
  'sequencing is held': 'sequencing held',
  'sequencing resumes': 'sequencing resumed',
  'sequencer started': 'sequencer started',
  'sequencer stopped': 'sequencer stopped',
  'the head cannot be built on: resetting the engine': 'reset by the sequencer',
  'the pipeline needs a reset': 'reset by derivation',
}
const cases: Readonly<Record<string, Mark>> = {
  ahead: 'follow case 1',
  consolidated: 'follow case 3',
  reorged: 'follow case 4',
}
const gossipActions: Readonly<Record<string, 'publish' | 'withhold' | 'accept'>> = {
  'block published': 'publish',
  'block withheld: too old for peers': 'withhold',
  'block received': 'accept',
}

/**
 * What a line of `lockstep node` tells: marks that it reached, and what it gossiped.
 * @param nameOf the name of who has that peer id; default: strangers have none but their id.
 */
export function lockstepNodeFacts(
  node: string,
  { message, fields }: LogLine,
  nameOf: (peerId: string) => string = (peerId) => peerId,
): readonly Fact[] {
  const mark = markOf(message, fields)
  if (mark !== undefined) return [{ kind: 'reach', mark, node }]
  const action = gossipActions[message] ?? refusal(message, fields['verdict'])
  if (action === undefined) return []
  const { number, hash, reason, peer } = fields
  const isRefused = action === 'ignore' || action === 'reject'
  return [
    {
      ...{ kind: 'gossip', node, action },
      ...(number === undefined || hash === undefined ? {} : { block: { number: Number(number), hash } }),
      ...(reason === undefined ? {} : { reason }),
      ...(peer === undefined || !isRefused ? {} : { peer: nameOf(peer) }),
    },
  ]
}

/** Every message that is read; a test looks for each of them in the node. */
export const knownMessages: readonly string[] = [
  ...Object.keys(byMessage),
  ...Object.keys(gossipActions),
  ...['following', 'safe and finalized stand still', 'batch judged', 'engine reset'],
  'gossip message refused',
  'following is paused: the source serves another chain',
]

function markOf(message: string, fields: LogLine['fields']): Mark | undefined {
  switch (message) {
    case 'following':
      return cases[fields['case'] ?? '']
    case 'safe and finalized stand still': {
      const { result = '' } = fields
      return result in marks ? (result as Mark) : undefined
    }
    case 'following is paused: the source serves another chain':
      return 'error_identity'
    case 'batch judged':
      return fields['outcome'] === 'FutureTimestampHolocene' ? 'early batch dropped' : undefined
    case 'engine reset':
      return resetMark(fields['reason'] ?? '')
    default:
      return byMessage[message]
  }
}

function resetMark(reason: string): Mark | undefined {
  if (reason === 'start') return 'reset at start'
  if (reason.startsWith('L1 reorg orphaned')) return 'reset by L1 reorg'
  return reason.startsWith('admin_') ? 'reset by admin' : undefined
}

function refusal(message: string, verdict: string | undefined): 'ignore' | 'reject' | undefined {
  if (message !== 'gossip message refused') return undefined
  return verdict === 'ignore' || verdict === 'reject' ? verdict : undefined
}
