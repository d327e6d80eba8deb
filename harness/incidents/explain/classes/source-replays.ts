import { absences } from '../absences.ts'
import { followers, reorgBefore, reorgGraceMs, sources, stepsBack } from '../features.ts'
import { replays } from '../reorg-explains.ts'
import type { ClassRule } from './class-rule.ts'

/** follow-mode.md, step 6. */
export const sourceReplays: ClassRule = {
  name: 'source-replays',
  title: 'The source was started again and derives blocks again that it had derived before.',
  next: 'Hold the followers’ heads until it has caught up; its log says where it started from.',
  leadsTo: [
    'source-restarted',
    'source-behind',
    'el-lost-blocks',
    'sequencer-oscillates',
    'batcher-stopped',
    'finality-stall',
    'gas-limit-or-fork-differs',
  ],
  judge: (incident) =>
    sources(incident).flatMap((source) => {
      // A reset after an L1 reorg goes back too: to what was not orphaned, or to its finalized head.
      const [back] = replays(incident, source)
      if (back === undefined)
        return [
          {
            weight: -4,
            text: `local-safe of ${source.name} never went back further than an L1 reorg takes it`,
          },
        ]
      const graceMs = 4 * reorgGraceMs(incident)
      const cursor = stepsBack(source, 'currentL1').find(({ t }) => Math.abs(t - back.t) < graceMs)
      const reorg = reorgBefore(incident, back.t, graceMs)
      const restarted = absences(incident, source).find(
        ({ from }) => from <= back.t && from > back.t - graceMs,
      )
      const led = followers(incident)
        .filter((pair) => pair.source === source)
        .flatMap(({ follower }) => {
          const with_ = stepsBack(follower, 'localSafe').find(
            ({ t }) => t >= back.t - incident.l2BlockMs && t < back.t + graceMs,
          )
          return with_ === undefined ? [] : [{ follower, step: with_ }]
        })
      return [
        {
          weight: 3,
          t: restarted?.from ?? back.t,
          node: source.name,
          text: `local-safe of ${source.name} went from ${back.from.number} back to ${back.to.number}`,
        },
        ...(cursor === undefined
          ? [{ weight: -1, text: 'its currentL1 did not go back with it' }]
          : [
              {
                weight: 2,
                t: cursor.t,
                text: `and its currentL1 from ${cursor.from.number} to ${cursor.to.number}`,
              },
            ]),
        ...(restarted === undefined
          ? []
          : [{ weight: 2, t: restarted.from, text: `${source.name} was away or told zeros just before` }]),
        ...(reorg === undefined
          ? [{ weight: 1, text: 'there was no L1 reorg that explains it' }]
          : restarted === undefined
            ? [{ weight: -3, t: reorg.t, text: 'an L1 reorg just before may have to do with it' }]
            : [{ weight: -1, t: reorg.t, text: 'an L1 reorg just before explains a part of it' }]),
        ...led.map(({ follower, step }) => ({
          weight: 1,
          t: step.t,
          text: `${follower.name} followed it back to ${step.to.number}`,
        })),
      ]
    }),
}
