import {
  followers,
  headAt,
  logLines,
  reorgBefore,
  reorgGraceMs,
  stalls,
  trackOf,
  unsafePatienceMs,
} from '../features.ts'
import { type Incident, type IncidentNode, isZeroHead } from '../incident.ts'
import type { ClassRule, Evidence } from './class-rule.ts'

const saysSo =
  /gas ?limit|invalid payload|payload.*invalid|bad block|block hash mismatch|eip-?1559|unsupported fork|attributes.*(?:differ|mismatch|not match)/i

export const gasLimitOrForkDiffers: ClassRule = {
  name: 'gas-limit-or-fork-differs',
  title:
    'Two nodes make, or take, different blocks from the same input: gas limit, fork times or configuration differ.',
  next: 'Compare `optimism_rollupConfig`, and the first differing block of both engines, field by field.',
  leadsTo: ['sequencer-oscillates', 'finality-stall', 'batcher-stopped'],
  judge(incident) {
    const evidence: Evidence[] = followers(incident).flatMap(({ follower, source }) => {
      const other = firstSibling(incident, follower, source)
      const stall = stalls(incident, follower, 'unsafe', unsafePatienceMs(incident)).find(
        ({ head, to }) => (headAt(source, 'localSafe', to)?.number ?? 0) > head.number,
      )
      return [
        ...(other === null
          ? []
          : [
              {
                weight: 4,
                t: other.t,
                node: follower.name,
                text: `at block ${other.number} ${follower.name} and ${source.name} have different blocks on the same parent and L1 origin`,
              },
            ]),
        ...(stall === undefined
          ? []
          : [
              {
                weight: 1,
                t: stall.from,
                node: follower.name,
                text: `${follower.name} stands still below the safe head of ${source.name}, at ${stall.head.number}`,
              },
            ]),
      ]
    })
    const [line] = logLines(incident, saysSo)
    if (line !== undefined)
      evidence.push({ weight: 3, t: line.t, text: `${line.component} logs: ${line.message.slice(0, 160)}` })
    if (evidence.length === 0)
      return [{ weight: -4, text: 'no two nodes had different blocks on the same parent and origin' }]
    return evidence
  },
}

/** Of the blocks that one node alone has so many are compared. */
const loneMax = 10_000

/** The lowest block that both have, with one parent and one origin and yet two hashes, where no reorg explains it. */
function firstSibling(incident: Incident, a: IncidentNode, b: IncidentNode) {
  const theirs = (['unsafe', 'localSafe'] as const).map((level) => trackOf(b, level))
  const shared = new Set(
    theirs.flatMap((track) =>
      track
        .moves()
        .map(({ value }) => value.hash)
        .toArray(),
    ),
  )
  const lone = (['localSafe', 'unsafe'] as const).flatMap((level) =>
    trackOf(a, level)
      .moves()
      .filter(({ value }) => !isZeroHead(value) && !shared.has(value.hash))
      .take(loneMax)
      .toArray(),
  )
  const numbers = new Set(lone.map(({ value }) => value.number))
  const others = Map.groupBy(
    theirs.flatMap((track) =>
      track
        .moves()
        .filter(({ value }) => numbers.has(value.number))
        .toArray(),
    ),
    ({ value }) => value.number,
  )
  for (const { t, value } of lone) {
    if (value.parent === undefined || value.origin === undefined) continue
    const sibling = others
      .get(value.number)
      ?.find((one) => one.value.parent === value.parent && one.value.origin?.hash === value.origin?.hash)
    if (sibling !== undefined && reorgBefore(incident, t, 4 * reorgGraceMs(incident)) === undefined)
      return { t: Math.max(t, sibling.t), number: value.number }
  }
  return null
}
