import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DriverChoice, driverVariable } from '../harness/drivers/placement.ts'
import type { WorldEvent } from '../harness/events/event.ts'
import { processUsage } from './process-usage.ts'

const runs = 3
/** Containers are another matter: their image is made first. */
const choices = ['process', 'auto', 'in-process'] as const satisfies readonly DriverChoice[]
const cli = fileURLToPath(new URL('../harness/cli/main.ts', import.meta.url))
const compileCache = resolve('.lockstep/compile-cache')

/** Milliseconds since `lockstep up` was started, by which a part of the boot was over. */
interface Phases {
  /** The runner has loaded its modules. */
  readonly runnerLoaded: number
  /** Genesis, files, ports and gateways are there: the first component starts. */
  readonly prepared: number
  readonly l1Ready: number
  readonly enginesReady: number
  readonly nodesReady: number
  /** Engines and nodes are connected, and the batcher has read where it is. */
  readonly meshed: number
  readonly booted: number
}

interface Sample extends Phases {
  /** Without the runner's loading, as `lockstep up` tells it. */
  readonly bootMs: number
  /** Of all programs, until then. */
  readonly cpuSeconds: number
  readonly runnerCpuSeconds: number
  readonly residentMiB: number
  readonly programs: number
}

/**
 * The default devstack's boot by each choice of drivers, as `lockstep up` does it with a warm cache: the median of each
 * figure by itself. The first boot of all, which may have to fill the cache, counts for nothing.
 */
export async function measureBoot(progress: (what: string) => void) {
  const results: Partial<Record<DriverChoice, Sample>> = {}
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-bench-'))
  try {
    await bootOnce(directory, 'auto')
    for (const choice of choices) {
      progress(`boot, drivers ${choice}, ${runs} times`)
      const samples: Sample[] = []
      for (let run = 0; run < runs; run++) samples.push(await bootOnce(directory, choice))
      results[choice] = medians(samples)
    }
    return results
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function bootOnce(directory: string, choice: DriverChoice): Promise<Sample> {
  const spawnedMs = Date.now()
  const runner = spawn(process.execPath, [cli, 'up', '--json'], {
    env: {
      ...process.env,
      LOCKSTEP_DIRECTORY: directory,
      NODE_COMPILE_CACHE: compileCache,
      [driverVariable]: choice,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const { bootMs, files } = JSON.parse(await firstLine(runner)) as {
      readonly bootMs: number
      readonly files: { readonly directory: string; readonly timeline: string }
    }
    const { processes } = JSON.parse(await readFile(join(files.directory, 'registry.json'), 'utf8')) as {
      readonly processes: readonly { readonly pid: number }[]
    }
    const usages = processes.map(({ pid }) => processUsage(pid))
    const events = (await readFile(files.timeline, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as WorldEvent)
    return {
      ...phasesOf(events, spawnedMs),
      bootMs,
      cpuSeconds: sum(usages.map(({ cpuSeconds }) => cpuSeconds)),
      runnerCpuSeconds: processUsage(runner.pid!).cpuSeconds,
      residentMiB: sum(usages.map(({ residentMiB }) => residentMiB)),
      programs: usages.length,
    }
  } finally {
    const gone = runner.exitCode === null ? once(runner, 'exit') : null
    runner.kill('SIGINT')
    await gone
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of stdout!) {
    text += String(chunk)
    if (text.includes('\n')) return text
  }
  throw new Error(`expected lockstep up to print one line, found ${JSON.stringify(text)}`)
}

function phasesOf(events: readonly WorldEvent[], spawnedMs: number): Phases {
  const at = (event: WorldEvent | undefined) => (event === undefined ? Number.NaN : event.t - spawnedMs)
  const components = events.filter((event) => event.kind === 'component')
  const ready = (is: (name: string) => boolean) =>
    at(components.filter(({ action, component }) => action === 'ready' && is(component)).at(-1))
  return {
    runnerLoaded: at(events.find(({ kind }) => kind === 'run')),
    prepared: at(components.find(({ action, component }) => action === 'start' && component !== 'host')),
    l1Ready: ready((name) => name === 'l1'),
    enginesReady: ready((name) => name.endsWith('-el')),
    nodesReady: ready((name) => name !== 'l1' && !name.endsWith('-el')),
    meshed: at(components.find(({ component }) => component === 'batcher')),
    booted: at(events.find(({ kind }) => kind === 'booted')),
  }
}

const sum = (values: readonly number[]) => Math.round(values.reduce((a, b) => a + b, 0) * 100) / 100

function medians(samples: readonly Sample[]): Sample {
  const median = (name: keyof Sample) =>
    samples.map((sample) => sample[name]).sort((a, b) => a - b)[Math.floor(samples.length / 2)]!
  const names = Object.keys(samples[0]!) as (keyof Sample)[]
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Record<keyof Sample, number>
}
