import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { craftedCases } from './cases.ts'

/** Longest time that batcher data may keep the event loop from everything else. */
const stallMsMax = 100
/** Memory that batcher data may cost above what the node needs without it. */
const memoryMiBMax = 256
/** A change of the seed would make a run that nobody can compare. */
const seed = 1
const runs = 40
/** Seconds of damaged batches instead, from a seed that is printed. */
const seconds = process.env['LOCKSTEP_FUZZ_SECONDS']

interface Result {
  readonly name: string
  readonly longestCpuMs: number
  readonly peakMiB: number
  readonly runs?: number
}

const program = fileURLToPath(new URL('./main.ts', import.meta.url))

/** A process of its own: other tests would show up in the memory and on the event loop. */
async function fuzz(...argv: string[]): Promise<readonly Result[]> {
  const { stdout } = await execa(process.execPath, ['--expose-gc', program, ...argv], {
    stdin: 'ignore',
    lines: true,
  })
  return stdout.map((line) => JSON.parse(line) as Result)
}

function expectHarmless(result: Result | undefined): void {
  expect(result?.longestCpuMs).toBeLessThan(stallMsMax)
  expect(result?.peakMiB).toBeLessThan(memoryMiBMax)
}

describe('hostile batcher data', () => {
  let results: readonly Result[] = []
  beforeAll(async () => {
    results = await fuzz('--cases', '')
  }, 300_000)

  // The program itself fails when the node stops, gets stuck or derives another chain than the sequencer's.
  it.each(craftedCases.map(({ name }) => name))(
    '%s: neither stalls the node nor fills its memory',
    (name) => {
      expectHarmless(results.find((result) => result.name === name))
    },
  )

  it(
    'damaged batches of every kind neither stop nor stall the node',
    async () => {
      const long = seconds !== undefined
      const first = long ? Math.floor(Math.random() * 2 ** 31) : seed
      // biome-ignore lint/suspicious/noConsole: whoever runs for ten minutes wants to run it again.
      if (long) console.log(`fuzzing for ${seconds} s: node ${program} --seed ${first} --seconds ${seconds}`)
      const [result] = await fuzz(
        '--seed',
        `${first}`,
        ...(long ? ['--seconds', seconds] : ['--runs', `${runs}`]),
      )
      // biome-ignore lint/suspicious/noConsole: as above.
      if (long) console.log(JSON.stringify(result))
      expect(result?.runs).toBeGreaterThanOrEqual(long ? 1 : runs)
      expectHarmless(result)
    },
    120_000 + 1000 * Number(seconds ?? 0),
  )
})
