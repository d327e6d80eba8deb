/**
 * `npm run bench`: prints one JSON object; what is measured at the moment goes to stderr. `npm run bench -- derivation`
 * measures that part alone; several can be named. Times are wall-clock milliseconds on this machine; compare medians of
 * several runs and ratios, never single figures.
 */
import { spawnSync } from 'node:child_process'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { twoVerifiersFollowing } from '../harness/topologies.ts'
import { type System, startSystem } from '../harness/world/live/system.ts'
import { errorText } from '../node/concurrency/error-text.ts'
import { didYouMean } from '../node/config/flags-nearest.ts'
import { measureBoot } from './boot.ts'
import { measureDerivation } from './derivation.ts'
import { measureEl } from './el.ts'
import { measureEvents } from './events.ts'
import { measureFollowLag } from './follow-lag.ts'
import { measureFootprint } from './footprint.ts'
import { processUsage } from './process-usage.ts'
import { measureRecording } from './recording.ts'
import { measureSim } from './sim.ts'
import { measureSlotTiming } from './slot-timing.ts'

const lagSamples = 30
const limitMs = 300_000

/** Resolves when every consensus node has an L2 block beyond genesis. */
async function firstBlockEverywhere(system: System, signal: AbortSignal): Promise<void> {
  await Promise.all(
    [...system.cls.values()].map(async ({ status }) => {
      while ((await status.observe(signal)).status.unsafeL2.number === 0n) signal.throwIfAborted()
    }),
  )
}

async function measureDevstack() {
  const signal = AbortSignal.timeout(limitMs)
  const startMs = performance.now()
  const system = await startSystem({ topology: twoVerifiersFollowing, name: 'bench', signal })
  try {
    const bootMs = performance.now() - startMs
    await firstBlockEverywhere(system, signal)
    const firstBlockMs = performance.now() - startMs
    const followLag = await measureFollowLag(
      system,
      { source: 'reference', follower: 'follower' },
      lagSamples,
      AbortSignal.any([signal, system.failed]),
    )
    const pid = system.cls.get('follower')?.lifecycle.pid
    return {
      bootMs: Math.round(bootMs),
      firstL2BlockOnAllNodesMs: Math.round(firstBlockMs),
      followLag,
      followerResidentMiB: pid === undefined || pid === null ? null : processUsage(pid).residentMiB,
    }
  } finally {
    await system.stop()
  }
}

/** Each scenario's wall time, as `lockstep accept --json` tells it. */
function measureScenarios(): unknown {
  const cli = fileURLToPath(new URL('../harness/cli/main.ts', import.meta.url))
  const { stdout, status } = spawnSync(process.execPath, [cli, 'accept', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 16 * 1024 * 1024,
  })
  if (stdout.trim() === '') throw new Error(`lockstep accept printed nothing and ended with ${status}`)
  return JSON.parse(stdout)
}

const progress = (what: string) => void process.stderr.write(`bench: ${what}\n`)

/** In the order in which they are measured. */
const parts: Readonly<Record<string, { readonly what: string; readonly measure: () => unknown }>> = {
  boot: { what: 'start time and memory of the programs', measure: () => measureBoot(progress) },
  devstack: { what: 'boot and follow lag of the default devstack', measure: measureDevstack },
  sequencer: { what: 'how punctual blocks are', measure: measureSlotTiming },
  events: { what: 'what the event stream costs', measure: () => measureEvents(progress) },
  footprint: { what: 'processor time and memory of a node', measure: () => measureFootprint(progress) },
  recording: { what: 'a recording: size, and explain on it', measure: measureRecording },
  derivation: { what: 'derivation throughput', measure: () => measureDerivation(progress) },
  executionEngine: { what: "the engine's speed", measure: measureEl },
  sim: { what: 'the simulated world, and its campaigns', measure: () => measureSim(progress) },
  scenarios: { what: 'every scenario, which takes a quarter of an hour', measure: measureScenarios },
}

const help = `npm run bench -- [PART…]: measures these parts, by default all, and prints one JSON object

${Object.entries(parts)
  .map(([name, { what }]) => `  ${name.padEnd(17)}${what}\n`)
  .join('')}`

const wanted = process.argv.slice(2)
if (wanted.includes('--help')) {
  process.stdout.write(help)
  process.exit(0)
}
const unknown = wanted.find((name) => !(name in parts))
if (unknown !== undefined) {
  const names = Object.keys(parts)
  process.stderr.write(
    `bench: expected some of ${names.join(', ')}, found ${unknown}${didYouMean(unknown, names)}\n`,
  )
  process.exit(2)
}

const result: Record<string, unknown> = {
  machine: {
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    node: process.version,
  },
}
for (const [name, { measure }] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  progress(name)
  try {
    result[name] = await measure()
  } catch (error) {
    // What was measured in minutes before is not lost over it.
    progress(`${name} failed: ${errorText(error)}`)
    result[name] = { error: errorText(error) }
    process.exitCode = 1
  }
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
