import { reorgGraceMs, rise, sources } from '../features.ts'
import { offL1 } from '../off-l1.ts'
import type { ClassRule } from './class-rule.ts'

/** follow-mode.md, step 5. */
export const sourceOnAnotherL1Fork: ClassRule = {
  name: 'source-on-another-l1-fork',
  title: 'The source derives from an L1 fork that is not the canonical one.',
  next: 'Ask the L1 endpoints of source and follower for the block of that number, and compare the hashes.',
  leadsTo: [
    'l1-reorg',
    'l1-reorg-missed',
    'source-behind',
    'batcher-stopped',
    'finality-stall',
    'own-l1-lagging',
    'gas-limit-or-fork-differs',
    'sequencer-oscillates',
    'source-replays',
  ],
  judge: (incident) =>
    sources(incident).flatMap((source) => {
      const graceMs = reorgGraceMs(incident)
      const [spell] = (['currentL1', 'localSafe', 'headL1'] as const)
        .flatMap((level) => offL1(incident, source, level).map((one) => ({ ...one, level })))
        .filter(({ from, to }) => to - from > graceMs)
      if (spell === undefined)
        return [{ weight: -5, text: `everything that ${source.name} published was canonical on L1 in time` }]
      return [
        {
          weight: 5,
          t: spell.from,
          node: source.name,
          text: `${spell.level} of ${source.name} was on L1 block ${spell.block.number}:${spell.block.hash.slice(0, 10)}…, ${spell.state === 'never' ? 'which L1 never showed' : 'an orphan'}, for ${Math.round((spell.to - spell.from) / 1000)} s`,
        },
        ...(rise(source, 'currentL1', spell) > 2 ? [{ weight: 1, text: `and went on deriving there` }] : []),
      ]
    }),
}
