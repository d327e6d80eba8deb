import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { readArguments } from '../cli/arguments.ts'
import { endWithNpm } from '../cli/npm-ancestors.ts'
import { UsageError } from '../cli/usage-error.ts'
import { type Comparison, comparisonOf, comparisonText, tallyText } from './comparison.ts'
import { runBoth } from './run-both.ts'

/** Reorgs and none, with and without gossip, safe that diverges: what follow mode is about. */
const usual = [
  'FollowL2_Safe_Finalized_CurrentL1',
  'FollowL2_ReorgRecovery',
  'FollowL2_WithoutCLP2P',
  'FollowL2_LocalSafeDivergesThenConverges',
  'L1Reorg_OfUnsafeBlocks',
]

const command = defineCommand({
  meta: {
    name: 'compare-worlds',
    description: `Run scenarios live and then simulated from the same start, and see whether follow cases and heads per L1 block are the same. Without names: ${usual.join(', ')}.`,
  },
  args: {
    rounds: {
      ...{ type: 'string', valueHint: 'N', default: '1' },
      description: 'How often each is compared; every round has another start, and so another seed',
    },
    json: { type: 'boolean', description: 'Print one JSON object; progress goes to stderr' },
  },
})

/** 0 when everything agreed or is explained, 130 after Ctrl-C, 1 otherwise. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(command, argv, { positionalsMax: 100 })
  if (parsed.help) return 0
  const { rounds, json } = parsed.args
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new UsageError(`--rounds: expected 1 to 999, found ${rounds}`)
  const names = parsed.positionals.length === 0 ? usual : parsed.positionals

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stop.abort(new Error('interrupted')))
  endWithNpm()
  const progress = (text: string) => (json === true ? process.stderr : process.stdout).write(text)
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-compare-worlds-'))
  const comparisons: Comparison[] = []
  try {
    for (let round = 1; round <= Number(rounds) && !stop.signal.aborted; round++)
      for (const scenario of names) {
        const comparison = await compare(scenario, directory, stop.signal)
        if (stop.signal.aborted) break
        comparisons.push(comparison)
        progress(`${round}/${rounds} ${comparisonText(comparison)}`)
      }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  if (json === true) process.stdout.write(`${JSON.stringify(comparisons)}\n`)
  else if (comparisons.length > names.length) process.stdout.write(`\n${tallyText(comparisons)}`)
  if (stop.signal.aborted) return 130
  return comparisons.every(({ verdict }) => verdict === 'agrees' || verdict === 'explained') ? 0 : 1
}

async function compare(scenario: string, directory: string, signal: AbortSignal): Promise<Comparison> {
  try {
    return comparisonOf(scenario, await runBoth(scenario, directory, signal))
  } catch (error) {
    return {
      ...{ scenario, verdict: 'failed', findings: [] },
      error: error instanceof Error ? error.message : String(error),
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`compare-worlds: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
