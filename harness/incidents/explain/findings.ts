import type { HeadLevel } from '../../events/event.ts'
import { engineLosses } from './engine-losses.ts'
import {
  consensusNodes,
  engineNodes,
  followers,
  headAt,
  reorgBefore,
  reorgGraceMs,
  segments,
  stepsBack,
  trackOf,
} from './features.ts'
import { type Finding, show } from './finding.ts'
import { followerFindings } from './follower-findings.ts'
import { mergedMoves } from './head-track.ts'
import type { Incident, IncidentNode } from './incident.ts'
import { networkStall } from './network-stall.ts'
import { offL1 } from './off-l1.ts'
import { unwantedExits } from './unwanted-exits.ts'

/** An engine that restarts, or a reset, takes an unsafe head back once or twice. */
const unsafeStepsMin = 3
const order: readonly HeadLevel[] = ['finalized', 'crossSafe', 'localSafe', 'unsafe']

/** Everything that was violated, the first first. */
export function findingsOf(incident: Incident): readonly Finding[] {
  const found = [
    ...told(incident),
    ...consensusNodes(incident).flatMap((node) => [
      ...headsOrdered(incident, node),
      ...finalizedFinal(node),
      ...originsCanonical(incident, node),
      ...safeWentBack(incident, node),
      ...unsafeGoesBack(incident, node),
    ]),
    ...followers(incident).flatMap(({ follower, source }) => followerFindings(incident, follower, source)),
    ...engineNodes(incident).flatMap((node) => engineWentBack(incident, node)),
    ...standsStill(incident),
    ...ended(incident),
  ]
  return found.sort((a, b) => a.t - b.t)
}

/** What the invariants of a run said themselves. */
function told({ index }: Incident): readonly Finding[] {
  return index.violations.map(({ invariant, node, t, message }) => ({
    ...{ rule: invariant, node, t, until: null, what: message ?? 'violated' },
  }))
}

/** finalized ≤ safe ≤ local-safe ≤ unsafe: judged where all heads of one status are known. */
function headsOrdered(incident: Incident, node: IncidentNode): readonly Finding[] {
  for (const [index, lower] of order.entries()) {
    const higher = order[index + 1]
    if (higher === undefined) break
    for (const { t } of mergedMoves([trackOf(node, lower), trackOf(node, higher)])) {
      // The heads of one status are recorded one after the other, within a few milliseconds.
      const [low, high] = [headAt(node, lower, t + 50), headAt(node, higher, t + 50)]
      if (low === null || high === null || low.number <= high.number) continue
      const until = segments(incident, node, higher).find(
        (one) => one.from > t + 50 && one.head.number >= low.number,
      )
      return [
        {
          ...{ rule: 'heads-ordered', node: node.name, t, until: until?.from ?? null },
          what: `${lower} ${show(low)} is above ${higher} ${show(high)}`,
        },
      ]
    }
  }
  return []
}

function finalizedFinal(node: IncidentNode): readonly Finding[] {
  return stepsBack(node, 'finalized').map(({ t, from, to }) => ({
    ...{ rule: 'finalized-final', node: node.name, t, until: null },
    what: `finalized went from ${show(from)} back to ${show(to)}`,
  }))
}

/** A head whose L1 origin is not canonical for longer than nodes need to notice an L1 reorg. */
function originsCanonical(incident: Incident, node: IncidentNode): readonly Finding[] {
  const graceMs = reorgGraceMs(incident)
  return (['currentL1', 'localSafe', 'crossSafe', 'finalized'] as const).flatMap((level) => {
    const spell = offL1(incident, node, level).find(({ from, to }) => to - from > graceMs)
    if (spell === undefined) return []
    const { from, to, block, state } = spell
    return [
      {
        ...{ rule: 'origins-canonical', node: node.name, t: from },
        until: to >= incident.to ? null : to,
        what: `${level}${level === 'currentL1' ? '' : ' stands on L1 block'} ${show(block)}, ${state === 'never' ? 'which L1 never showed' : 'which an L1 reorg orphaned'}, for ${Math.round((to - from) / 1000)} s`,
      },
    ]
  })
}

/** Safe heads go back for an L1 reorg only. */
function safeWentBack(incident: Incident, node: IncidentNode): readonly Finding[] {
  const step = stepsBack(node, 'localSafe').find(
    ({ t }) => reorgBefore(incident, t, 4 * reorgGraceMs(incident)) === undefined,
  )
  if (step === undefined) return []
  const track = trackOf(node, 'localSafe')
  const again = track.moves(track.countUntil(step.t)).find(({ value }) => value.number >= step.from.number)
  return [
    {
      ...{ rule: 'safe-goes-back-for-l1-only', node: node.name, t: step.t, until: again?.t ?? null },
      what: `local-safe went from ${show(step.from)} back to ${show(step.to)} and there was no L1 reorg`,
    },
  ]
}

/** An unsafe head goes back for an L1 reorg, once or twice. */
function unsafeGoesBack(incident: Incident, node: IncidentNode): readonly Finding[] {
  const steps = stepsBack(node, 'unsafe').filter(
    ({ t }) => reorgBefore(incident, t, 4 * reorgGraceMs(incident)) === undefined,
  )
  const [first] = steps
  if (first === undefined || steps.length < unsafeStepsMin) return []
  return [
    {
      ...{ rule: 'unsafe-keeps-its-blocks', node: node.name, t: first.t, until: null },
      what: `unsafe went back ${steps.length} times without an L1 reorg, first from ${show(first.from)} to ${show(first.to)}`,
    },
  ]
}

/** An engine's head goes back for a reorg only. */
function engineWentBack(incident: Incident, node: IncidentNode): readonly Finding[] {
  const [step] = engineLosses(incident, node)
  if (step === undefined) return []
  return [
    {
      ...{ rule: 'engine-keeps-blocks', node: node.name, t: step.t, until: null },
      what: `the engine's head went from ${show(step.from)} back to ${show(step.to)} and there was no L1 reorg`,
    },
  ]
}

/** A component runs until somebody stops it. */
function ended(incident: Incident): readonly Finding[] {
  return unwantedExits(incident).map(({ t, component, reason }) => ({
    ...{ rule: 'keeps-running', node: component, t, until: null },
    what: `it ended by itself: ${reason}`,
  }))
}

/** Unsafe, local-safe and finalized of the whole network move. */
function standsStill(incident: Incident): readonly Finding[] {
  const all = consensusNodes(incident)
  return (['unsafe', 'localSafe', 'finalized'] as const).flatMap((level) => {
    const stall = networkStall(incident, level)
    if (stall === null || all.length === 0) return []
    return [
      {
        ...{ rule: `${level}-advances`, node: 'every node', t: stall.from },
        until: stall.to >= incident.to ? null : stall.to,
        what: `${level} stands still for ${Math.round((stall.to - stall.from) / 1000)} s on every node`,
      },
    ]
  })
}
