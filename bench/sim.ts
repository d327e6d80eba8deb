import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Case, parseCase } from '../harness/cases/case.ts'
import { drawCase } from '../harness/fuzz/draw-case.ts'
import { simulate } from '../harness/fuzz/run-seed.ts'

const seeds = 8
const incidents = fileURLToPath(new URL('../fixtures/incidents/', import.meta.url))

interface Sample {
  readonly virtualSeconds: number
  readonly cpuSeconds: number
}

async function sample(one: Case): Promise<Sample> {
  const before = process.cpuUsage()
  const { virtualMs, violation } = await simulate(one)
  const { user, system } = process.cpuUsage(before)
  if (violation !== null && one.violates === null)
    throw new Error(`${one.name} violates ${violation.reason}: ${violation.found}`)
  return { virtualSeconds: virtualMs / 1000, cpuSeconds: (user + system) / 1e6 }
}

/**
 * What simulated worlds cost, in processor time of one process that is warm: the first seeds of a campaign, and each known
 * incident.
 */
export async function measureSim(progress: (what: string) => void) {
  progress('warming up')
  await sample(drawCase('warm'))
  const drawn: Sample[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    progress(`seed ${seed} of ${seeds}`)
    drawn.push(await sample(drawCase(String(seed))))
  }
  const cases: Record<string, unknown> = {}
  for (const file of readdirSync(incidents).filter((name) => name.endsWith('.json'))) {
    progress(file)
    const one = parseCase(readFileSync(`${incidents}${file}`, 'utf8'), file)
    cases[one.name] = rates([await sample(one)])
  }
  return { campaign: { seeds, ...rates(drawn) }, incidents: cases }
}

function rates(samples: readonly Sample[]) {
  const sum = (of: keyof Sample) => samples.reduce((total, one) => total + one[of], 0)
  const round = (value: number) => Math.round(value * 10) / 10
  const [virtualSeconds, cpuSeconds] = [sum('virtualSeconds'), sum('cpuSeconds')]
  return {
    virtualSeconds: round(virtualSeconds),
    cpuSeconds: round(cpuSeconds),
    virtualSecondsPerSecond: round(virtualSeconds / cpuSeconds),
    runsAMinutePerCore: round((60 * samples.length) / cpuSeconds),
  }
}
