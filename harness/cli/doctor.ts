import { createRequire } from 'node:module'
import { defineCommand } from 'citty'
import { builtInClients } from '../clients/registry.ts'
import { checkMachine } from '../doctor/checks.ts'
import { doctorText } from '../doctor/doctor-text.ts'
import { realMachine } from '../doctor/real-machine.ts'
import { runsDirectory } from '../world/run-directory.ts'
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

function pinnedAnvil(): string {
  const require = createRequire(import.meta.url)
  return (require('@foundry-rs/anvil/package.json') as { readonly version: string }).version
}
