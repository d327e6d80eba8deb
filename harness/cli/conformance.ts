import { writeFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import { type Claim, claims } from '../conformance/claims.ts'
import { junitOf } from '../conformance/junit.ts'
import { type ReportOptions, reportJson, reportText } from '../conformance/report.ts'
import { type ClaimVerdict, countVerdicts, judge } from '../conformance/verdict.ts'
import { type ClRole, clRoles } from '../world/role.ts'
import { columnsOf, setTimeLimit, usesColour } from './accept.ts'
import { createAcceptReporter } from './accept-reporter.ts'
import { readArguments } from './arguments.ts'
import { checkClients } from './check-clients.ts'
import { applyClientFlags, type ClientFlagValues, knownInRole } from './client-arguments.ts'
import { exitCode, exitCodeHelp } from './exit-code.ts'
import { beginInvocation, keepArgument } from './keep-argument.ts'
import { runScenarios } from './run-scenarios.ts'
import { type CatalogueEntry, collectScenarios } from './scenario-catalogue.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'
import { builtinSuite } from './suite.ts'
import { UsageError } from './usage-error.ts'

const description = `Judge a consensus node claim by claim: the acceptance scenarios run with it in a role's slot.

A program of --cl-cmd gets op-node's flags (--l1, --l2, --l2.jwt-secret, --rollup.config, --l2.follow.source, --rpc.port, --p2p.listen.tcp, …) after its own words, and the same values as LOCKSTEP_CL_L1_RPC, LOCKSTEP_CL_ENGINE_RPC, LOCKSTEP_CL_JWT_FILE, LOCKSTEP_CL_ROLLUP_CONFIG, LOCKSTEP_CL_FOLLOW_SOURCE, LOCKSTEP_CL_RPC_PORT, LOCKSTEP_CL_P2P_PORT, … in its environment. One with other flags: --cl-cmd "sh -c 'exec mynode --l1-rpc $LOCKSTEP_CL_L1_RPC …'". It serves optimism_syncStatus on its RPC port.

A scenario that fails runs once more with our own node in the slot: only if that passes, the failure is the client's. ${exitCodeHelp}`

const conformanceCommand = defineCommand({
  meta: { name: 'conformance', description },
  args: {
    'cl-cmd': {
      type: 'string',
      valueHint: "'mynode --flag'",
      description: 'The command of the node under test',
    },
    cl: { type: 'string', valueHint: 'KIND', description: 'Or its kind, such as op-node or kona-node' },
    'cl-bin': { type: 'string', valueHint: 'PATH', description: 'The executable of that kind' },
    role: {
      type: 'string',
      valueHint: [...clRoles, 'all'].join('|'),
      default: 'follower',
      description: 'Where it stands; all judges one role after the other',
    },
    claim: {
      type: 'string',
      valueHint: 'ID',
      description: 'Only claims whose id contains this; may stand several times',
    },
    'skip-control': { type: 'boolean', description: 'Do not run what failed once more with our own node' },
    timeout: { type: 'string', valueHint: 'SECONDS', description: 'The longest that one scenario may take' },
    json: {
      type: 'boolean',
      description: 'Print one JSON object at the end; progress goes to standard error',
    },
    junit: { type: 'string', valueHint: 'FILE', description: 'Write the verdicts as JUnit XML' },
    list: { type: 'boolean', description: 'Print the claims, and stop' },
    keep: keepArgument,
  },
})

/** `lockstep conformance`. Its exit codes are in `exit-code.ts`. */
export async function conformance(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(conformanceCommand, argv)
  if (parsed.help) return 0
  const { args } = parsed
  const wanted = selectClaims(args.role, parsed.all('claim'))
  if (args.list === true) {
    process.stdout.write(args.json === true ? `${JSON.stringify(wanted)}\n` : listText(wanted))
    return 0
  }
  const client = clientOf(args)
  setTimeLimit(args.timeout)
  beginInvocation(args.keep)
  const progress = (line: string) =>
    void (args.json === true ? process.stderr : process.stdout).write(`${line}\n`)
  const catalogue = await collectScenarios()
  await checkClient(client, entriesOf(wanted, catalogue), args['cl-cmd'] !== undefined)
  const colour = usesColour()
  const reports: ReportOptions[] = []
  let interrupted = false
  for (const [role, ofRole] of Map.groupBy(wanted, (claim) => claim.role)) {
    const run = (entries: readonly CatalogueEntry[], flags: ClientFlagValues) =>
      runWith(entries, flags, { json: args.json === true })
    const flags = { ...client.flags, cl: [`${role}=${client.kind}`] }
    const known = await knownInRole(client.kind, role)
    const ran = await run(entriesOf(ofRole, catalogue), flags)
    interrupted = ran.interrupted
    const failed = ran.outcomes.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
    const again = catalogue.filter(({ name }) => failed.includes(name))
    const asksControl = args['skip-control'] !== true && again.length > 0 && !interrupted
    if (asksControl) progress(`once more, with our own node as ${role}: ${failed.join(', ')}`)
    const control = asksControl ? (await run(again, { cl: [`${role}=lockstep-node`], bin: [] })).outcomes : []
    const verdicts = ofRole.map((claim) =>
      judge(claim, {
        kind: client.kind,
        slots: slotsOf(claim, catalogue),
        outcome: ran.outcomes.find(({ name }) => name === claim.scenario),
        control: control.find(({ name }) => name === claim.scenario),
        deviation: known.deviation(claim.scenario),
      }),
    )
    reports.push({
      ...{ name: client.name, role, verdicts, waived: known.waived, colour, directory: process.cwd() },
      columns: columnsOf(process.stdout),
      again: `npx lockstep conformance ${client.again} --role ${role}`,
    })
    if (interrupted) break
  }
  const verdicts = reports.flatMap((report) => report.verdicts)
  if (args.junit !== undefined) writeFileSync(args.junit, junitOf(client.name, verdicts))
  if (args.json === true)
    process.stdout.write(`${JSON.stringify({ interrupted, roles: reports.map(reportJson) })}\n`)
  else for (const report of reports) process.stdout.write(`\n${reportText(report)}`)
  return interrupted ? exitCode.interrupted : exitCodeOf(verdicts)
}

function exitCodeOf(verdicts: readonly ClaimVerdict[]): number {
  const { pass, fail, inconclusive, deviates } = countVerdicts(verdicts)
  if (fail > 0) return exitCode.failed
  return inconclusive > 0 || pass + deviates === 0 ? exitCode.inconclusive : exitCode.passed
}

/** @throws UsageError. */
function selectClaims(role: string, parts: readonly string[]): readonly Claim[] {
  if (role !== 'all' && !clRoles.includes(role as ClRole))
    throw new UsageError(`--role: expected ${[...clRoles, 'all'].join(', ')}, found ${role}`)
  const selected = claims.filter(
    (claim) =>
      (role === 'all' || claim.role === role) &&
      (parts.length === 0 || parts.some((part) => claim.id.includes(part))),
  )
  if (selected.length === 0)
    throw new UsageError(`--claim: no claim of that role has ${parts.join(' or ')} in its id; see --list`)
  return selected
}

interface TestedClient {
  readonly name: string
  readonly kind: string
  readonly flags: Omit<ClientFlagValues, 'cl'>
  /** Its flags, for the command that asks again. */
  readonly again: string
}

/** @throws UsageError. */
function clientOf(args: {
  readonly 'cl-cmd'?: string | undefined
  readonly cl?: string | undefined
  readonly 'cl-bin'?: string | undefined
}): TestedClient {
  const { 'cl-cmd': command, cl: kind, 'cl-bin': path } = args
  if (command !== undefined && kind === undefined && path === undefined)
    return {
      name: command,
      kind: 'program',
      flags: { bin: [`program=${command}`] },
      again: `--cl-cmd ${JSON.stringify(command)}`,
    }
  if (command === undefined && kind !== undefined)
    return {
      name: kind,
      kind,
      flags: { bin: path === undefined ? [] : [`${kind}=${path}`] },
      again: `--cl ${kind}${path === undefined ? '' : ` --cl-bin ${path}`}`,
    }
  throw new UsageError(
    `expected the node under test as --cl-cmd 'COMMAND', or as --cl KIND with or without --cl-bin PATH; found ${command === undefined ? 'neither' : 'both'}`,
  )
}

/** Before anything runs. @throws UsageError. */
async function checkClient(
  { kind, flags }: TestedClient,
  entries: readonly CatalogueEntry[],
  isCommand: boolean,
): Promise<void> {
  using _ = applyClientFlags({ ...flags, cl: [kind] })
  const bin = { [isCommand ? '--cl-cmd' : '--cl-bin']: flags.bin }
  await checkClients(entries, { flags: { cl: [kind] }, bin }, { programs: true })
}

function entriesOf(
  wanted: readonly Claim[],
  catalogue: readonly CatalogueEntry[],
): readonly CatalogueEntry[] {
  const names = new Set(wanted.map(({ scenario }) => scenario))
  return catalogue.filter(({ name }) => names.has(name))
}

function slotsOf({ scenario, role }: Claim, catalogue: readonly CatalogueEntry[]): readonly string[] {
  const slots = catalogue.find(({ name }) => name === scenario)?.slots ?? {}
  return Object.keys(slots).filter((node) => slots[node] === role)
}

async function runWith(
  entries: readonly CatalogueEntry[],
  flags: ClientFlagValues,
  { json }: { readonly json: boolean },
): Promise<{ readonly interrupted: boolean; readonly outcomes: readonly ScenarioOutcome[] }> {
  using _ = applyClientFlags(flags)
  const output = json ? process.stderr : process.stdout
  const mode = output.isTTY === true ? 'live' : 'plain'
  const reporter = createAcceptReporter({ output, mode, colour: usesColour(output), brief: true })
  const { ended } = await runScenarios({
    ...{ suite: builtinSuite(), entries, worlds: ['live'], rounds: 1 },
    ...{ reporter, output },
  })
  return { interrupted: ended === 'signal', outcomes: reporter.outcomes() }
}

function listText(wanted: readonly Claim[]): string {
  return wanted.map(({ id, sentence, scenario }) => `${id}\n    ${sentence} (${scenario})\n`).join('')
}
