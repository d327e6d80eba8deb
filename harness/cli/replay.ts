import { readFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import type { z } from 'zod'
import { CaseError, formatCase, parseCase } from '../cases/case.ts'
import { printScenario } from '../cases/print-scenario.ts'
import { shrinkCase } from '../cases/shrink-case.ts'
import type { shrinkResultSchema } from '../fuzz/result.ts'
import { simulate } from '../fuzz/run-seed.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

const description = `Run a case again: the file that a campaign wrote, or one of fixtures/incidents. It is the same run, byte for byte.

Exit code: 0 nothing is violated, 1 something is (and the event that shows it is printed), 2 wrong usage or no case.`

const replayCommand = defineCommand({
  meta: { name: 'replay', description },
  args: {
    file: { type: 'positional', required: true, description: 'The case' },
    shrink: {
      type: 'boolean',
      description: 'Make it as small as it can be for the same reason, and print it',
    },
    scenario: { type: 'boolean', description: 'Print it as a scenario that can be pasted, and stop' },
    json: {
      type: 'boolean',
      description:
        'Print the outcome as one JSON object, and with --shrink another one with the smallest case',
    },
  },
})

/** `lockstep replay FILE`. */
export async function replay(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(replayCommand, argv)
  if (parsed.help) return 0
  const { file, shrink, scenario, json } = parsed.args
  const one = readCase(file)
  if (scenario === true) {
    process.stdout.write(printScenario(one))
    return 0
  }
  const outcome = await simulate(one)
  if (json === true) process.stdout.write(`${JSON.stringify(outcome)}\n`)
  else if (outcome.violation === null)
    process.stdout.write(
      `${one.name}: nothing is violated in ${Math.round(outcome.virtualMs / 1000)} virtual s\n`,
    )
  else
    process.stdout.write(
      `${one.name}: ${outcome.violation.reason}: ${outcome.violation.found}\nthe event: ${JSON.stringify(outcome.event)}\n`,
    )
  if (outcome.violation === null) return exitCode.passed
  if (shrink === true) {
    const small = await shrinkCase({ ...one, violates: outcome.violation }, simulate, (line) =>
      process.stderr.write(`${line}\n`),
    )
    const result: z.output<typeof shrinkResultSchema> = { format: 'lockstep-shrunk', smallest: small }
    process.stdout.write(
      json === true ? `${JSON.stringify(result)}\n` : `${formatCase(small)}\n${printScenario(small)}`,
    )
  }
  return exitCode.failed
}

function readCase(file: string) {
  try {
    return parseCase(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof CaseError) throw new UsageError(error.message)
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`)
  }
}
