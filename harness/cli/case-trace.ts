import { readFileSync, writeFileSync } from 'node:fs'
import type { WorldEvent } from '../events/event.ts'
import { firstDifference } from '../first-difference.ts'
import type { ScheduleStep } from '../world/sim/virtual-clock.ts'
import { UsageError } from './usage-error.ts'

/** What happens in a simulated world: a line of JSON for each event, and for each timer that fires. */
export interface CaseTrace {
  readonly onEvent: (event: WorldEvent) => void
  readonly onStep: (step: ScheduleStep) => void
  lines(): readonly string[]
}

/** Some hours of virtual time; nothing is written while the world runs, which has no files. */
const linesMax = 5_000_000
const contextLines = 3
const lineMax = 500

export function createTrace(): CaseTrace {
  const lines: string[] = []
  const add = (line: object) => {
    if (lines.length < linesMax) lines.push(JSON.stringify(line))
    else if (lines.length === linesMax) lines.push(JSON.stringify({ kind: 'cut', linesMax }))
  }
  return {
    onEvent: add,
    onStep: ({ atMs, owner, timer }) => add({ t: atMs, kind: 'timer', owner, timer }),
    lines: () => lines,
  }
}

/** @throws UsageError when it cannot be written. */
export function writeTrace(file: string, lines: readonly string[]): void {
  try {
    writeFileSync(file, `${lines.join('\n')}\n`)
  } catch (error) {
    throw new UsageError(`--trace: ${error instanceof Error ? error.message : error}`)
  }
}

/** @throws UsageError when it cannot be read. */
export function readTrace(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n')
  } catch (error) {
    throw new UsageError(`--against: ${error instanceof Error ? error.message : error}`)
  }
}

/** Whether they are the same byte for byte, and for people where they part, after what came before in both. */
export function compareTraces(
  here: readonly string[],
  there: readonly string[],
): { readonly same: boolean; readonly text: string } {
  const difference = firstDifference(here, there)
  if (difference === null) return { same: true, text: `the same trace: ${here.length} lines\n` }
  const { line, a, b } = difference
  const shown = (text: string | null) => (text === null ? '(it has ended)' : text.slice(0, lineMax))
  const before = here.slice(Math.max(0, line - 1 - contextLines), line - 1)
  const texts = [
    `the first difference is in line ${line} (${here.length} lines here, ${there.length} there)`,
    ...before.map((text) => `  both   ${shown(text)}`),
    `  here   ${shown(a)}`,
    `  there  ${shown(b)}`,
  ]
  return { same: false, text: `${texts.join('\n')}\n` }
}
