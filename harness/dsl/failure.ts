import { pointAt } from './call-site.ts'

/** Why a scenario failed. */
export type FailureKind =
  /** What was waited for made no progress. */
  | 'stalled'
  /** It made progress, but not enough in the time that is reasonable; or the scenario as a whole took too long. */
  | 'late'
  /** What was waited for cannot come true any more. */
  | 'impossible'
  /** What must never happen was observed. */
  | 'violated'
  /** A component ended by itself. */
  | 'component'
  /** Something that the scenario did was refused, or went wrong. */
  | 'call'

/** What a failure says whatever failed. */
export interface FailureSetting {
  /** The steps that were under way, outermost first. */
  readonly steps?: readonly string[]
  /** What the scenario did last to each component, one line each. */
  readonly deeds?: readonly string[]
  /** The last state of every node, as a table. */
  readonly state: string
  /** The command that runs the same scenario again. */
  readonly reproduce: string
  /** Where logs, timeline and chain files are. */
  readonly artefacts: string
}

export interface ScenarioFailureFacts extends FailureSetting {
  readonly kind: FailureKind
  /** One line: what was being done. */
  readonly what: string
  readonly expected: string
  readonly found: string
  /** Time facts and remembered errors, one line each. */
  readonly notes?: readonly string[]
  readonly cause?: unknown
}

/** Why a scenario failed. Its message is enough to start fixing. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure'
  readonly facts: ScenarioFailureFacts

  /** `callSite` is an error made where the scenario called: its frames outside the harness become the stack. */
  constructor(facts: ScenarioFailureFacts, callSite?: Error) {
    super(formatFailure(facts), { cause: facts.cause })
    this.facts = facts
    pointAt(this, callSite)
  }
}

/**
 * A scenario ended well without having reached what it is about: it says nothing about the nodes, and must not pass.
 */
export class ScenarioInconclusive extends Error {
  override readonly name = 'ScenarioInconclusive'
  /** What was not reached, one line each. */
  readonly missing: readonly string[]

  constructor(missing: readonly string[], setting: FailureSetting) {
    super(
      [
        `inconclusive: ${missing.length === 1 ? missing[0] : `${missing.length} things were not reached`}`,
        '',
        ...(missing.length === 1 ? [] : [field('missing', missing.join('\n')), '']),
        ...formatSetting(setting),
      ].join('\n'),
    )
    this.missing = missing
  }
}

/** The whole text of a failure, whatever it is thrown as. */
export function formatFailure(facts: ScenarioFailureFacts): string {
  return [
    facts.what,
    '',
    field('expected', facts.expected),
    field('found', facts.found),
    ...fields('time', facts.notes),
    ...fields('step', facts.steps?.length ? [facts.steps.join(' › ')] : []),
    ...fields('before', facts.deeds),
    '',
    ...formatSetting(facts),
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}

/** The end of every message. */
export function formatSetting({ state, reproduce, artefacts }: FailureSetting): readonly string[] {
  return [
    ...state.split('\n').map((line) => `  ${line}`),
    '',
    field('reproduce', reproduce),
    field('artefacts', artefacts),
  ]
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(11)}${value.replaceAll('\n', `\n${' '.repeat(13)}`)}`
}

function fields(name: string, values: readonly string[] = []): readonly string[] {
  return values.map((value, index) => field(index === 0 ? name : '', value))
}
