import type { ClassRule, Evidence } from './classes/class-rule.ts'
import { classes } from './classes/classes.ts'
import type { FirstEvent, JudgedClass } from './explanation.ts'
import { reorgGraceMs } from './features.ts'
import type { Incident } from './incident.ts'

/** A class that less speaks for is not named. */
const scoreMin = 3
/** A second class needs more: signs of the first are among its own. */
const besideMin = 4
/** What is about nobody that has to do with the node in question. */
const elsewhere = -4
/** Signs of nearly every class, and no second thing beside one. */
const symptoms = new Set([
  ...['gap-in-gossip', 'signer-rotated', 'el-stuck-syncing', 'safe-above-unsafe', 'follower-left-behind'],
])

export interface Judgement {
  /** Every class that something speaks for, the likeliest first. */
  readonly all: readonly JudgedClass[]
  /** Null when none fits, or nothing was seen to be wrong. */
  readonly likely: JudgedClass | null
  /** What happened at the same time and does not follow from it. */
  readonly also: readonly JudgedClass[]
}

/**
 * @param violated whether anything was: what a healthy network goes through is no answer then.
 * @param hint the node that is said to be in trouble.
 */
export function judgeClasses(incident: Incident, violated: boolean, hint: string | undefined): Judgement {
  const judged = classes
    .map((rule) => ({ rule, judged: judge(rule, incident, hint) }))
    .filter(({ judged: one }) => one.for.some(({ weight }) => weight > 0))
    .sort((a, b) => b.judged.score - a.judged.score)
  const all = judged.map((one) => one.judged)
  const best = judged.find(({ rule }) => rule.isNormal !== true)
  if (best === undefined || best.judged.score < scoreMin) {
    const normal = judged.find(({ rule }) => rule.isNormal === true)
    if (normal === undefined) return { all, likely: null, also: [] }
    if (violated) return { all, likely: null, also: [normal.judged] }
    return { all, likely: { ...normal.judged, ...normal.rule.alone }, also: [] }
  }
  const named = [best]
  for (const one of judged) if (!named.includes(one) && isBeside(one, named, incident)) named.push(one)
  const [likely = best.judged, ...also] = named.map((one) => one.judged)
  return { all: judged.map((one) => consequenceOf(one, named)), likely, also }
}

interface Judged {
  readonly rule: ClassRule
  readonly judged: JudgedClass
}

function consequenceOf({ rule, judged }: Judged, named: readonly Judged[]): JudgedClass {
  const cause = named.find((one) => one.rule !== rule && one.rule.leadsTo?.includes(rule.name) === true)
  return { ...judged, followsFrom: cause?.rule.name ?? null }
}

/** Whether a class is a second thing that happened beside those. */
function isBeside({ rule, judged }: Judged, named: readonly Judged[], incident: Incident): boolean {
  if (judged.score < besideMin || symptoms.has(rule.name)) return false
  if (named.some((one) => one.rule.leadsTo?.includes(rule.name) === true)) return false
  if (rule.isNormal !== true) return true
  const about = named[0]?.judged.first?.t
  return about !== undefined && Math.abs((judged.first?.t ?? 0) - about) < 4 * reorgGraceMs(incident)
}

function judge(rule: ClassRule, incident: Incident, hint: string | undefined): JudgedClass {
  const { name, title, next } = rule
  const told = rule.judge(incident)
  const evidence = [...told, ...(hint === undefined ? [] : ofOthers(told, incident, hint))]
  const speaks = evidence.filter(({ weight }) => weight >= 0)
  return {
    ...{ name, title, next },
    score: evidence.reduce((sum, { weight }) => sum + weight, 0),
    for: speaks,
    against: evidence.filter(({ weight }) => weight < 0),
    first: firstOf(speaks),
    followsFrom: null,
  }
}

/** Speaks against a class that is about other nodes alone. */
function ofOthers(evidence: readonly Evidence[], incident: Incident, hint: string): readonly Evidence[] {
  const about = evidence.flatMap(({ weight, node }) => (weight > 0 && node !== undefined ? [node] : []))
  const near = nodesNear(incident, hint)
  if (about.length === 0 || about.some((node) => !incident.nodes.has(node) || near.has(node))) return []
  return [{ weight: elsewhere, text: `nothing of it is about ${hint}, its engine, or what it follows` }]
}

/** The node, everybody that it follows in turn, and their engines. */
function nodesNear({ nodes }: Incident, hint: string): ReadonlySet<string> {
  const near = new Set<string>()
  for (
    let name: string | null = hint;
    name !== null && !near.has(name);
    name = nodes.get(name)?.source ?? null
  )
    near.add(name)
  return new Set([...near, ...[...near].map((name) => `${name}-el`)])
}

function firstOf(evidence: readonly Evidence[]): FirstEvent | null {
  const timed = evidence.filter(({ t, weight }) => t !== undefined && weight > 0)
  const first = timed.reduce<Evidence | null>(
    (one, other) => (one === null || (other.t ?? 0) < (one.t ?? 0) ? other : one),
    null,
  )
  if (first?.t === undefined) return null
  return {
    t: first.t,
    node: first.node ?? evidence.find(({ node }) => node !== undefined)?.node ?? '',
    what: first.text,
  }
}
