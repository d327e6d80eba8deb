import type { Case, Deed } from '../../cases/case.ts'
import type { Explanation } from '../explain/explanation.ts'
import type { Incident } from '../explain/incident.ts'
import { type Cast, deedsOfRecording } from './deeds-of-recording.ts'

/** Everybody has followed for so long when the first thing happens: safe heads move, and L1 is long enough for a reorg. */
const calmMs = 40_000
/** What comes of it is seen in that time, in L1 blocks. */
const afterBlocks = 30
const longestMs = 86_400_000

/** The recording as a case of three nodes, the follower in question among them, with all that happened around it. */
export function caseOfRecording(
  incident: Incident,
  cast: Cast,
  {
    name,
    explanation,
    seed,
  }: { readonly name: string; readonly explanation: Explanation; readonly seed: string },
): Case {
  const deeds = deedsOfRecording(incident, cast)
  const firstMs = deeds[0]?.atMs ?? incident.from + calmMs
  // Quiet hours before the first deed are left out.
  const zeroMs = Math.max(incident.from, firstMs - calmMs)
  const placed = deeds.map(
    (deed): Deed => ({ ...deed, atMs: within(deed.atMs - zeroMs), ...roundedFor(deed) }),
  )
  const lastMs = Math.max(
    (explanation.first?.t ?? zeroMs) - zeroMs,
    ...placed.map((deed) => deed.atMs + ('forMs' in deed ? (deed.forMs ?? 0) : 0)),
  )
  const [l1BlockTime, l2BlockTime] = [incident.l1BlockMs / 1000, incident.l2BlockMs / 1000]
  return {
    ...{ format: 'lockstep-case', version: 1, name, seed },
    what: `${explanation.class?.title ?? 'No known class.'} First: ${explanation.first?.what ?? 'nothing'}.`.slice(
      0,
      2_000,
    ),
    source: `lockstep shrink, of a recording of ${new Date(incident.from).toISOString()}`,
    topology: {
      cls: {
        sequencer: { el: 'sequencer-el', follows: 'reference', sequencer: { l1Confirmations: 2 } },
        reference: { el: 'reference-el' },
        follower: { el: 'follower-el', follows: 'reference' },
      },
      els: { 'sequencer-el': {}, 'reference-el': {}, 'follower-el': {} },
      batcher: { sequencer: 'sequencer' },
      gossip: [
        ['sequencer', 'reference'],
        ['sequencer', 'follower'],
        ['reference', 'follower'],
      ],
      elPeers: [
        ['sequencer-el', 'reference-el'],
        ['sequencer-el', 'follower-el'],
        ['reference-el', 'follower-el'],
      ],
    },
    parameters: {
      ...(l1BlockTime === 2 ? {} : { l1BlockTime }),
      ...(l2BlockTime === 1 ? {} : { l2BlockTime }),
    },
    ...{ stopped: [], deeds: placed, convergeMs: 300_000, violates: null },
    faultsMs: Math.min(
      longestMs,
      Math.max(calmMs, Math.round(Math.min(incident.to - zeroMs, lastMs + afterBlocks * incident.l1BlockMs))),
    ),
  }
}

/** What a case can say: what was before it began is at its beginning, and nothing takes more than a day. */
function within(ms: number): number {
  return Math.min(86_400_000, Math.max(0, Math.round(ms)))
}

function roundedFor(deed: Deed) {
  return 'forMs' in deed && deed.forMs !== undefined ? { forMs: Math.max(1, within(deed.forMs)) } : {}
}
