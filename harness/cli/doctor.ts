import { createRequire } from 'node:module'
import { styleText } from 'node:util'
import { defineCommand } from 'citty'
import { builtInClients } from '../clients/registry.ts'
import { checkMachine, type Finding } from '../doctor/checks.ts'
import { realMachine } from '../doctor/real-machine.ts'
import { wrap } from '../report/wrap.ts'
import { runsDirectory } from '../world/live/run-directory.ts'
import { columnsOf, usesColour } from './accept.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'

const doctorCommand = defineCommand({
  meta: {
    name: 'doctor',
    description:
      'Look whether a devstack can run here: programs, versions, ports, limits, disk, clock. Exit code 1 when something is missing without which nothing runs.',
  },
  args: { json: { type: 'boolean', description: 'Print one JSON object and nothing else' } },
})

const signs = {
  ok: { sign: '✓', style: 'green' },
  absent: { sign: '-', style: 'dim' },
  warning: { sign: '!', style: 'yellow' },
  error: { sign: '✗', style: 'red' },
} as const

/** `lockstep doctor`. */
export async function doctor(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(doctorCommand, argv)
  if (parsed.help) return exitCode.passed
  const findings = await checkMachine(realMachine(), {
    directory: runsDirectory(),
    anvilVersion: pinnedAnvil(),
    clients: builtInClients.flatMap(({ kind, program }) =>
      program.from === 'user' && program.executable !== null
        ? [{ kind, executable: program.executable }]
        : [],
    ),
  })
  const isWell = findings.every(({ state }) => state !== 'error')
  if (parsed.args.json === true) process.stdout.write(`${JSON.stringify({ ok: isWell, findings })}\n`)
  else
    process.stdout.write(doctorText(findings, { columns: columnsOf(process.stdout), colour: usesColour() }))
  return isWell ? exitCode.passed : exitCode.failed
}

/** One line for each finding, and what to do below it. */
export function doctorText(
  findings: readonly Finding[],
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string {
  const lines = findings.flatMap(({ name, state, found, remedy }) => {
    const { sign, style } = signs[state]
    const mark = colour ? styleText(style, sign, { validateStream: false }) : sign
    const [first = '', ...rest] = wrap(`${name}: ${found}`, { columns, indent: '  ' })
    return [
      `${mark} ${first.trimStart()}`,
      ...rest,
      ...(remedy === null ? [] : wrap(`→ ${remedy}`, { columns, indent: '    ' })),
    ]
  })
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const verdict = count('error') > 0 ? `${count('error')} to mend before anything runs` : 'ready'
  const warnings = count('warning') === 0 ? '' : `, ${count('warning')} to look at`
  return [...lines, '', `${verdict}${warnings}`, ''].join('\n')
}

function pinnedAnvil(): string {
  const require = createRequire(import.meta.url)
  return (require('@foundry-rs/anvil/package.json') as { readonly version: string }).version
}
