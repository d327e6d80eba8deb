import { defineCommand } from 'citty'
import { firstSeedMax, type SeedRange, seedsMax } from '../dsl/seeds.ts'
import { clientArguments } from './client-arguments.ts'
import { exitCodeHelp } from './exit-code.ts'
import { keepArgument } from './keep-argument.ts'
import { wholeNumber } from './named-values.ts'
import type { Shard } from './select-scenarios.ts'
import { UsageError } from './usage-error.ts'

export const repeatMax = 1_000
export const retriesMax = 10
export const bailMax = 1_000
const secondsMax = 24 * 3600
const shardsMax = 100

export const acceptCommand = defineCommand({
  meta: {
    name: 'accept',
    description: `Run acceptance scenarios, each against a devstack of its own: those of this folder (lockstep.config.ts), or --builtin. Artefacts are in .lockstep/runs. ${exitCodeHelp}`,
  },
  args: {
    filter: {
      type: 'positional',
      required: false,
      description: 'Parts of names or paths; without any all scenarios run',
    },
    tag: { type: 'string', valueHint: 'TAG', description: 'Only with this tag; may stand several times' },
    grep: { type: 'string', valueHint: 'REGEX', description: 'Only those whose name matches' },
    'last-failed': { type: 'boolean', description: 'Only those that did not pass in the last run here' },
    shard: { type: 'string', valueHint: 'I/N', description: 'Only the I-th of N parts of what is selected' },
    builtin: { type: 'boolean', description: 'The scenarios that ship with Lockstep, wherever you stand' },
    world: {
      type: 'string',
      valueHint: 'WORLD',
      description: 'Where scenarios run: live, sim (in virtual time), or both. Default: live',
    },
    seeds: {
      type: 'string',
      valueHint: 'N',
      description:
        'Run each scenario under N seeds of latency, order and loss. Means --world sim: real sockets have no seed',
    },
    seed: {
      type: 'string',
      valueHint: 'S',
      description: 'The first of these seeds, or the only one; means --world sim as well. Default: 1',
    },
    timeout: {
      type: 'string',
      valueHint: 'SECONDS',
      description: 'End a scenario that takes longer, with what it waited for. Default: from its block times',
    },
    repeat: { type: 'string', valueHint: 'N', default: '1', description: 'Run each scenario so many times' },
    retries: {
      type: 'string',
      valueHint: 'N',
      description: 'Run one that did not pass up to N times more; if it passes then, it is flaky. Default: 0',
    },
    'fail-on-flaky': { type: 'boolean', description: 'Exit code 1 when something was flaky' },
    bail: { type: 'string', valueHint: 'N', description: 'End the run after N failures' },
    budget: { type: 'string', valueHint: 'SECONDS', description: 'End the run after this time' },
    json: {
      type: 'boolean',
      description: 'Print one JSON object at the end; progress goes to standard error',
    },
    junit: { type: 'string', valueHint: 'FILE', description: 'Write the outcomes as JUnit XML' },
    ...clientArguments,
    keep: keepArgument,
    list: { type: 'boolean', description: 'Print the scenarios that would run, and stop' },
  },
})

/**
 * `--seeds` and `--seed`; one seed when there is only the second. Null without either.
 * @throws UsageError, also when they are asked of a world of real programs.
 */
export function seedsOf(
  { seeds, seed }: { readonly seeds?: string | undefined; readonly seed?: string | undefined },
  world: string | undefined,
): SeedRange | null {
  if (seeds === undefined && seed === undefined) return null
  if (world !== undefined && world !== 'sim')
    throw new UsageError(
      `--seeds: expected the simulated world (--world sim, or no --world), found ${world}: latency, order and loss of real sockets come from no seed`,
    )
  return {
    first: seed === undefined ? 1 : wholeNumber('seed', seed, firstSeedMax),
    count: seeds === undefined ? 1 : wholeNumber('seeds', seeds, seedsMax),
  }
}

/** What is said when seeds choose the world, which nobody named; null otherwise. */
export function worldNote(seeds: SeedRange | null, world: string | undefined): string | null {
  if (seeds === null || world !== undefined) return null
  const { first, count } = seeds
  const those = count === 1 ? `seed ${first}` : `seeds ${first} to ${first + count - 1}`
  return `${those}: in the simulated world, as with --world sim; a live world has no seed`
}

/** A flag in seconds. @throws UsageError. */
export function secondsOf(flag: string, text: string): number {
  return wholeNumber(flag, text, secondsMax)
}

/** `2/3`. @throws UsageError. */
export function shardOf(text: string): Shard {
  const [, index = '0', of = '0'] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []
  const shard = { index: Number(index), of: Number(of) }
  if (shard.index >= 1 && shard.index <= shard.of && shard.of <= shardsMax) return shard
  throw new UsageError(
    `--shard: expected I/N such as 1/2, with I from 1 to N and N up to ${shardsMax}, found ${JSON.stringify(text)}`,
  )
}

/** @throws UsageError. */
export function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (error) {
    throw new UsageError(
      `--grep: expected a regular expression, found ${JSON.stringify(text)}: ${error instanceof Error ? error.message : error}`,
    )
  }
}
