import type { Case, Violation } from '../../cases/case.ts'
import { topologyOf } from '../../cases/case.ts'
import { underFaults } from '../../cases/run-case.ts'
import { startSimWorld } from '../../world/sim/sim-world.ts'
import type { Bug } from '../bugs/bugs.ts'
import { explainEvents } from '../explain/explain.ts'
import type { Explanation } from '../explain/explanation.ts'
import { recordWorld } from '../record/record-world.ts'

/** Runs a case in a simulated world, records it from outside, and explains that. `bug`: the follower has it. */
export async function explainCase(one: Case, bug?: Bug): Promise<Explanation> {
  const world = await startSimWorld({ topology: topologyOf(one), name: one.name, seed: one.seed })
  const recording = recordWorld(world, bug)
  try {
    await underFaults(world, one, world.clock.nowMs(), new Map())
  } finally {
    await recording.end()
    await world.stop()
  }
  return explainEvents(recording.events)
}

/** Rules that a node broke at one time: which of them was the first is chance. */
const togetherMs = 1_500

/** The rules that a node broke first, all of that moment. */
export function firstRules({ findings }: Explanation, follower: string): readonly string[] {
  const broken = findings.filter(({ node }) => node === follower)
  return broken.filter(({ t }) => t <= (broken[0]?.t ?? 0) + togetherMs).map(({ rule }) => rule)
}

/**
 * What an explanation shows, as the reason of a violation: the class and, when the follower is to be the one that
 * fails, the first of these rules that it broke. Null: nothing.
 */
export function shownBy(
  explanation: Explanation,
  follower: string | null,
  rules: readonly string[] = [],
): Violation | null {
  const { class: likely, first, findings } = explanation
  const [broken] = findings
    .filter(({ node, rule }) => node === follower && rules.includes(rule))
    .sort((a, b) => rules.indexOf(a.rule) - rules.indexOf(b.rule))
  if (likely === null || (follower !== null && broken === undefined)) return null
  const rule = broken === undefined ? '' : `, follower ${broken.rule}`
  return {
    reason: `explained as ${likely.name}${rule}`,
    found: `${first?.what ?? likely.title}${broken === undefined ? '' : `; ${broken.what}`}`.slice(0, 4_000),
  }
}
