/** Why a scenario failed. */
export type FailureKind =
  /** What was waited for made no progress. */
  | 'stalled'
  /** It made progress, but not enough in the time that is reasonable. */
  | 'late'
  /** What must never happen was observed. */
  | 'violated'
  /** A component ended by itself. */
  | 'component'
  /** Nothing wrong was seen, but what the scenario is about did not happen either. */
  | 'inconclusive'

export interface ScenarioFailureFacts {
  readonly kind: FailureKind
  /** One line: what was being done. */
  readonly what: string
  readonly expected: string
  readonly found: string
  /** Time facts and remembered errors, one line each. */
  readonly notes?: readonly string[]
  /** The last state of every node, as a table. */
  readonly state: string
  /** The command that runs the same scenario again. */
  readonly reproduce: string
  /** Directory with logs, timeline and chain files. */
  readonly artefacts: string
  readonly cause?: unknown
}

/** The one error of the DSL. Its message is enough to start fixing. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure'
  readonly facts: ScenarioFailureFacts

  /** `callSite` is an error made where the scenario called: its frames outside the harness become the stack. */
  constructor(facts: ScenarioFailureFacts, callSite?: Error) {
    super(formatFailure(facts), { cause: facts.cause })
    this.facts = facts
    if (callSite?.stack !== undefined)
      this.stack = `${this.name}: ${this.message}\n${scenarioFrames(callSite.stack)}`
  }
}

export function formatFailure(facts: ScenarioFailureFacts): string {
  const field = (name: string, value: string) =>
    `  ${name.padEnd(11)}${value.replaceAll('\n', `\n${' '.repeat(13)}`)}`
  return [
    facts.what,
    '',
    field('expected', facts.expected),
    field('found', facts.found),
    ...(facts.notes ?? []).map((note, index) => field(index === 0 ? 'time' : '', note)),
    '',
    ...facts.state.split('\n').map((line) => `  ${line}`),
    '',
    field('reproduce', facts.reproduce),
    field('artefacts', facts.artefacts),
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}

/** The reader wants the line of the scenario, not of the harness. */
function scenarioFrames(stack: string): string {
  const frames = stack.split('\n').slice(1)
  const outside = frames.filter((frame) => !/[/\\]harness[/\\](dsl|world|invariants)[/\\]/.test(frame))
  return (outside.length > 0 ? outside : frames).join('\n')
}
