import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DriverChoice } from '../../harness/drivers/placement.ts'
import { watchInvariants } from '../../harness/invariants/monitor.ts'
import { twoVerifiersFollowing } from '../../harness/topologies.ts'
import { type System, startSystem } from '../../harness/world/live/system.ts'
import { errorText } from '../../node/concurrency/error-text.ts'
import { disturbances } from './disturbances.ts'
import type { ProcessRole } from './growth.ts'
import { type ProcessSample, type Sample, sampleDirectory, sampleProcess } from './sample.ts'

export interface SoakOptions {
  readonly minutes: number
  /** Transfers per second. */
  readonly rate: number
  readonly sampleMs: number
  readonly faults: boolean
  readonly driver: DriverChoice
  /** NDJSON: one sample a line. */
  readonly path: string
  readonly signal: AbortSignal
  readonly progress: (what: string) => void
}

export interface SoakResult {
  readonly samples: readonly Sample[]
  readonly roleOf: (name: string) => ProcessRole
  /** L2 blocks that the sequencer's engine has made meanwhile. */
  readonly blocks: number
  /** Why it ended before its time. */
  readonly failure: string | null
}

/** A bundle has it beside this module too, under the same name. */
const loadUrl = new URL(import.meta.url.endsWith('.ts') ? './load.ts' : './load.js', import.meta.url)

/** A disturbance stays on so long, and is let go of as long before the next one comes. */
const disturbedMs = 8_000
const restMs = 22_000

/** The default devstack under load, and with faults, for minutes or hours; what each of its processes holds, and what it leaves. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const system = await startSystem({
    topology: twoVerifiersFollowing,
    name: 'soak',
    driver: options.driver,
    ownProcess: ['reference', 'follower', 'follower-el'],
    signal: options.signal,
  })
  const samples: Sample[] = []
  let events = 0
  const stopCounting = system.events.subscribe(() => events++)
  const file = createWriteStream(options.path)
  const load = startLoad(system, options.rate)
  const ended = new AbortController()
  const until = AbortSignal.any([ended.signal, system.failed])
  watchInvariants(system)
  const disturbing = options.faults ? disturb(system, until, options.progress) : Promise.resolve()
  try {
    const startMs = performance.now()
    const endMs = startMs + options.minutes * 60_000
    while (performance.now() < endMs && !until.aborted) {
      const minutes = Math.round((performance.now() - startMs) / 600) / 100
      const processes = sampleProcesses(system)
      const sample = { minutes, processes, ...sampleDirectory(system.directory.path), events }
      samples.push(sample)
      const { heapUsed, external, arrayBuffers } = process.memoryUsage()
      file.write(`${JSON.stringify({ ...sample, runner: { heapUsed, external, arrayBuffers } })}\n`)
      if (samples.length % 10 === 1) {
        const resident = Object.entries(processes).map(([name, { residentMiB }]) => `${name} ${residentMiB}`)
        options.progress(`${minutes} min, MiB: ${resident.join(', ')}`)
      }
      await sleep(Math.max(0, Math.min(options.sampleMs, endMs - performance.now())), undefined, {
        signal: until,
      }).catch(() => {})
    }
    const reason: unknown = system.failed.aborted ? system.failed.reason : null
    return {
      samples,
      roleOf: (name) => roleOf(system, name),
      blocks: Number(
        await system.els
          .get('sequencer-el')!
          .rpc.request('eth_blockNumber', [])
          .catch(() => 0),
      ),
      failure: reason === null ? null : errorText(reason),
    }
  } finally {
    ended.abort()
    stopCounting()
    await disturbing
    load.kill()
    file.end()
    await Promise.all([once(file, 'close'), load.exitCode === null ? once(load, 'exit') : null])
    await system.stop()
  }
}

function startLoad(system: System, rate: number) {
  const program = fileURLToPath(loadUrl)
  const { httpUrl } = system.els.get('sequencer-el')!
  return fork(program, [httpUrl, String(system.parameters.l2ChainId), String(rate)], { stdio: 'inherit' })
}

/** One disturbance after the other until the signal aborts; one that does not work out is told, and is no failure. */
async function disturb(system: System, until: AbortSignal, progress: (what: string) => void): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: until }).catch(() => {})
  for (let turn = 0; !until.aborted; turn++) {
    await pause(restMs)
    if (until.aborted) return
    const one = disturbances[turn % disturbances.length]!
    try {
      await one.run(system, () => pause(disturbedMs))
    } catch (error) {
      progress(`${one.name}: ${errorText(error)}`)
    }
  }
}

/** What the processes hold that run now, by the registry of the run: one that was restarted is its newest. */
function sampleProcesses(system: System): Record<string, ProcessSample> {
  const { processes } = JSON.parse(readFileSync(join(system.directory.path, 'registry.json'), 'utf8')) as {
    readonly processes: readonly { readonly name: string; readonly pid: number }[]
  }
  const samples: Record<string, ProcessSample> = { runner: sampleProcess(process.pid) }
  for (const { name, pid } of processes) {
    try {
      samples[name] = sampleProcess(pid)
    } catch {
      // It ended: a disturbance killed it, or one that came after it has its name.
    }
  }
  return samples
}

function roleOf({ els, cls }: System, name: string): ProcessRole {
  if (els.has(name)) return 'engine'
  if (cls.has(name)) return 'node'
  return name === 'runner' || name === 'host' ? name : 'other'
}
