import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineCommand } from 'citty'
import { didYouMean } from '../../node/config/flags-nearest.ts'
import { readArguments } from '../cli/arguments.ts'
import { endWithNpm } from '../cli/npm-ancestors.ts'
import { UsageError } from '../cli/usage-error.ts'
import { campaignCommand } from './campaign-command.ts'
import { mutants } from './catalogue/mutants.ts'
import { mutantList, outcomeLine, outcomesJson, outcomeTable } from './print-outcomes.ts'
import { type CaseProof, isProof, proofLine, runCases } from './run-cases.ts'
import { runMutants } from './run-mutants.ts'
import { createWorkspaces } from './workspace.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const command = defineCommand({
  meta: {
    name: 'mutants',
    description:
      'Break the rules of the node one at a time, each in a copy of the source tree, and see the named tests notice.',
  },
  args: {
    only: {
      type: 'string',
      description:
        'Parts of the names of the mutants to try, or beginnings of the paths of their files, with commas between',
    },
    jobs: { type: 'string', description: 'How many to try at the same time; default: one per core' },
    scenarios: { type: 'boolean', description: 'Ask the named scenarios too, which takes minutes each' },
    cases: {
      type: 'boolean',
      description: 'Ask the recorded incidents instead: each must fail on its mutant, and on nothing else',
    },
    campaign: {
      type: 'boolean',
      description:
        'Ask a campaign of lockstep fuzz instead: the same seeds with each mutant of the node until one finds it',
    },
    seeds: {
      ...{ type: 'string', valueHint: 'N', default: '20' },
      description: 'With --campaign: how many seeds are tried with a mutant',
    },
    seed: { type: 'string', valueHint: 'S', default: '1', description: 'With --campaign: the first seed' },
    minutes: {
      ...{ type: 'string', valueHint: 'M' },
      description:
        'With --campaign: begin no run after so many minutes; another one with the same file goes on',
    },
    file: {
      ...{ type: 'string', valueHint: 'FILE', default: '.lockstep/mutants.json' },
      description:
        'With --campaign: what is known, read and written; result files that are named are summed up instead',
    },
    whole: { type: 'boolean', description: 'With --campaign: leave what is found as large as it is' },
    json: { type: 'boolean', description: 'Print one JSON object; progress goes to stderr' },
    list: { type: 'boolean', description: 'Print the mutants, and stop' },
  },
})

/** 0 when every mutant was killed by everyone who is named for it, 130 after Ctrl-C, 1 otherwise. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(command, argv, { positionalsMax: 1_000 })
  if (parsed.help) return 0
  const { only, list, scenarios, json } = parsed.args
  const selected = mutants.filter(
    ({ name, file }) =>
      only === undefined || only.split(',').some((one) => name.includes(one) || file.startsWith(one)),
  )
  if (selected.length === 0)
    throw new UsageError(
      `no mutant matches ${JSON.stringify(only)}${
        didYouMean(
          only ?? '',
          mutants.map(({ name }) => name),
        ) || '.'
      } See --list`,
    )
  if (list === true) {
    process.stdout.write(mutantList(selected))
    return 0
  }
  const jobs = jobsOf(parsed.args.jobs)

  const stop = new AbortController()
  const onSignal = () => stop.abort(new Error('interrupted'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  endWithNpm()
  const progress = (line: string) => (json === true ? process.stderr : process.stdout).write(`${line}\n`)
  if (parsed.args.campaign === true) {
    const { args, positionals } = parsed
    const isFound = await campaignCommand({
      ...{ root, mutants: selected, jobs, signal: stop.signal, onProgress: progress },
      ...{ seed: args.seed, seeds: args.seeds, minutes: args.minutes, file: args.file, merged: positionals },
      ...{ shrinks: args.whole !== true, json: json === true },
    }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error
      return null
    })
    return isFound === null ? 130 : isFound ? 0 : 1
  }
  const workspaces = await createWorkspaces(root)
  try {
    let finished = 0
    if (parsed.args.cases === true) {
      const onProof = (proof: CaseProof) => progress(proofLine(proof))
      const given = { root, workspaces, mutants: selected, jobs, signal: stop.signal, onProof }
      const proofs = await runCases(given)
      if (json === true) process.stdout.write(`${JSON.stringify(proofs)}\n`)
      return proofs.length > 0 && proofs.every(isProof) ? 0 : 1
    }
    const outcomes = await runMutants({
      workspaces,
      mutants: selected,
      jobs,
      withScenarios: scenarios === true,
      signal: stop.signal,
      onProgress: progress,
      onOutcome: (outcome) => progress(`${++finished}/${selected.length} ${outcomeLine(outcome)}`),
    })
    process.stdout.write(json === true ? `${outcomesJson(outcomes)}\n` : `\n${outcomeTable(outcomes)}`)
    return outcomes.every(({ outcome }) => outcome === 'killed') ? 0 : 1
  } catch (error) {
    if (!stop.signal.aborted) throw error
    progress('interrupted')
    return 130
  } finally {
    await workspaces.remove()
  }
}

function jobsOf(text: string | undefined): number {
  if (text === undefined) return availableParallelism()
  if (!/^[1-9]\d?$/.test(text)) throw new UsageError(`--jobs: expected 1 to 99, found ${text}`)
  return Number(text)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`mutants: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
