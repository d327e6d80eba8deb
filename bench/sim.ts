import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Case, parseCase } from '../harness/cases/case.ts'
import { campaignPace } from '../harness/fuzz/campaign-pace.ts'
import { drawCase } from '../harness/fuzz/draw-case.ts'
import { simulate } from '../harness/fuzz/run-seed.ts'
import { engineKinds } from '../harness/world/engine-kind.ts'
import { type BlockTimes, tenMinutes } from './ten-minutes.ts'

const drawnSeeds = 8
const longSeeds = 3
/** OP Mainnet's, and blocks so slow that most of a run is what happens to them. */
const blockTimes: readonly BlockTimes[] = [
  { l2BlockTime: 2, l1BlockTime: 12 },
  { l2BlockTime: 12, l1BlockTime: 24 },
]
const incidents = fileURLToPath(new URL('../fixtures/incidents/', import.meta.url))

interface Sample {
  readonly virtualSeconds: number
  readonly cpuSeconds: number
  /** What ended it before its time; null when everything held. */
  readonly violated: string | null
}

async function sample(one: Case): Promise<Sample> {
  const before = process.cpuUsage()
  const { virtualMs, violation } = await simulate(one)
  const { user, system } = process.cpuUsage(before)
  const violated = violation === null ? null : `${one.name}: ${violation.reason}: ${violation.found}`
  return { virtualSeconds: virtualMs / 1000, cpuSeconds: (user + system) / 1e6, violated }
}

/**
 * What simulated worlds cost, in processor time of one process that is warm: ten virtual minutes of three nodes with each
 * kind of engine, the first seeds of a campaign, and each known incident.
 */
export async function measureSim(progress: (what: string) => void) {
  const tenVirtualMinutes: unknown[] = []
  for (const times of blockTimes)
    for (const engine of engineKinds) {
      const what = `ten minutes, ${engine} engine, L2 block time ${times.l2BlockTime} s`
      progress(`${what}: warming up`)
      await sample(tenMinutes(0, times, engine))
      const heapBefore = heapMiB()
      const samples: Sample[] = []
      for (let seed = 1; seed <= longSeeds; seed++) {
        progress(`${what}: seed ${seed} of ${longSeeds}`)
        samples.push(await sample(tenMinutes(seed, times, engine)))
      }
      const heapGrowthMiBPerSeed = round((heapMiB() - heapBefore) / longSeeds)
      tenVirtualMinutes.push({ engine, ...times, ...rates(samples), heapGrowthMiBPerSeed })
    }
  const campaign: Record<string, unknown> = {}
  for (const engine of engineKinds) {
    const drawn: Sample[] = []
    for (let seed = 1; seed <= drawnSeeds; seed++) {
      progress(`${engine} engine, drawn seed ${seed} of ${drawnSeeds}`)
      drawn.push(await sample({ ...drawCase(String(seed)), ...campaignPace, engine }))
    }
    campaign[engine] = { seeds: drawnSeeds, ...rates(drawn) }
  }
  const cases: Record<string, unknown> = {}
  for (const file of readdirSync(incidents).filter((name) => name.endsWith('.json'))) {
    progress(file)
    const one = parseCase(readFileSync(`${incidents}${file}`, 'utf8'), file)
    cases[one.name] = rates([await sample(one)])
  }
  return { tenVirtualMinutes, campaign, incidents: cases }
}

const round = (value: number) => Math.round(value * 100) / 100

function rates(samples: readonly Sample[]) {
  const sum = (of: 'virtualSeconds' | 'cpuSeconds') => samples.reduce((total, one) => total + one[of], 0)
  const [virtualSeconds, cpuSeconds] = [sum('virtualSeconds'), sum('cpuSeconds')]
  return {
    virtualSeconds: round(virtualSeconds),
    cpuSecondsPerSeed: round(cpuSeconds / samples.length),
    virtualSecondsPerSecond: round(virtualSeconds / cpuSeconds),
    seedsAMinutePerCore: round((60 * samples.length) / cpuSeconds),
    // A benchmark is no campaign: it goes on, and says what a campaign would have to look at.
    violated: samples.flatMap(({ violated }) => violated ?? []),
  }
}

/** What is reachable. */
function heapMiB(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}
