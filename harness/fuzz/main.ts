import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { forkNames } from '../../node/config/forks.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { type Arena, createArena } from './arena.ts'
import { type CraftedCase, craftedCases } from './cases.ts'
import { damagedPayloads } from './garbage.ts'
import { startLoopProbe } from './loop-probe.ts'
import { createSeededRandom } from './random.ts'

const roundsPerRun = 3
const payloadsPerRound = 6

/** Prints one JSON object per line: what was run, the longest turn of the event loop, the memory above the baseline. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '0' },
      failures: { type: 'string', default: '.lockstep/fuzz' },
    },
  })
  await warmUp()
  if (values.cases !== undefined)
    for (const [index, one] of craftedCases.entries())
      if (`${index} ${one.name}`.includes(values.cases)) await runCase(index, one)
  await runSeeds(Number(values.seed), Number(values.runs), Number(values.seconds), values.failures)
}

/** What is compiled and allocated once is not what is measured. */
async function warmUp(): Promise<void> {
  for (const [seed] of forkNames.entries()) await runSeed(seed, [])
}

async function measured(work: () => Promise<void>) {
  globalThis.gc?.()
  const startMs = performance.now()
  const probe = startLoopProbe()
  await work()
  return { ...probe.stop(), seconds: (performance.now() - startMs) / 1000 }
}

async function runCase(index: number, { name, fork, build, accepted = false }: CraftedCase): Promise<void> {
  const arena = createArena(fork)
  try {
    arena.l1.mine(2)
    await arena.post([])
    arena.l1.mine(2)
    await arena.post([])
    const blocks = await build(arena)
    const sample = await measured(async () => {
      for (const payloads of blocks) await arena.post(payloads)
    })
    if (accepted) arena.follow()
    else arena.verify()
    await arena.recover()
    print({ index, name, fork, ...sample, head: Number(arena.victim.l2.head.number) })
  } finally {
    await arena.stop()
  }
}

async function runSeeds(first: number, runs: number, seconds: number, directory: string): Promise<void> {
  if (runs === 0 && seconds === 0) return
  const endMs = performance.now() + seconds * 1000
  let done = 0
  const sample = await measured(async () => {
    while (done < runs || performance.now() < endMs) {
      const payloads: Uint8Array[][] = []
      const seed = first + done
      try {
        await runSeed(seed, payloads)
      } catch (error) {
        mkdirSync(directory, { recursive: true })
        const file = join(directory, `seed-${seed}.json`)
        writeFileSync(
          file,
          JSON.stringify(
            payloads.map((block) => block.map((payload) => bytesToHex(payload))),
            null,
            1,
          ),
        )
        throw new Error(`seed ${seed} under ${forkOf(seed)}; the payloads by L1 block are in ${file}`, {
          cause: error,
        })
      }
      done += 1
    }
  })
  print({ name: 'damaged batches', first, runs: done, runsPerSecond: done / sample.seconds, ...sample })
}

/** Every fork in turn. */
const forkOf = (seed: number) => forkNames[seed % forkNames.length]!

/** A node derives a chain among damaged batches; `payloads` takes in what it is given. */
async function runSeed(seed: number, payloads: Uint8Array[][]): Promise<void> {
  const random = createSeededRandom(seed)
  const arena = createArena(forkOf(seed))
  try {
    arena.l1.mine(1 + random.below(8))
    await arena.grow()
    for (let round = 0; round < roundsPerRun; round++) {
      const [before, after] = [await damaged(arena, random), await damaged(arena, random)]
      payloads.push([...before, ...after])
      await arena.post(before, after)
      arena.verify()
    }
    await arena.recover()
  } finally {
    await arena.stop()
  }
}

async function damaged(arena: Arena, random: ReturnType<typeof createSeededRandom>): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = []
  for (let count = random.below(payloadsPerRound); count > 0; count--)
    payloads.push(...(await damagedPayloads(arena, random)))
  return payloads
}

function print(result: Record<string, unknown>): void {
  const rounded = (value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value)
  const line = Object.entries(result).map(([key, value]) => [key, rounded(value)])
  process.stdout.write(`${JSON.stringify(Object.fromEntries(line))}\n`)
}

await main()
