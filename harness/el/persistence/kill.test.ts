import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as elapse } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { JsonRpcTransportError } from '../../../node/json-rpc/errors.ts'
import { seededRandom } from '../../seeded-random.ts'
import { createTestChain, startTestEl } from '../testing/test-el.ts'
import { createEngineStarter, type EngineProcess } from './testing/engine-process.ts'
import { KillLoad } from './testing/kill-load.ts'

/** Processes that are killed: a few always, more when somebody asks. */
const kills = Number(process.env['LOCKSTEP_KILLS'] ?? 5)
const seed = Number(process.env['LOCKSTEP_KILLS_SEED'] ?? 1)
/** One of so many dies before it serves. */
const startKills = 5
const loadMaxMs = 600
const startMaxMs = 1_500

const directory = mkdtempSync(join(tmpdir(), 'lockstep-kill-'))
const running = new Set<EngineProcess>()
afterAll(async () => {
  await Promise.all([...running].map((one) => one.stop('SIGKILL')))
  rmSync(directory, { recursive: true, force: true })
})

describe('an engine with a datadir', () => {
  it(`goes on after each of ${kills} kills where it was, or where it was about to be`, async () => {
    const random = seededRandom(seed)
    const chain = await createTestChain()
    const reference = await startTestEl(chain)
    const load = new KillLoad(chain, reference.chain.store.genesis.hash, random)
    const startEngine = createEngineStarter(chain, directory)
    const start = (): EngineProcess => {
      const engine = startEngine()
      running.add(engine)
      return engine
    }
    const figures = { killed: 0, whileStarting: 0, whileWorking: 0, betweenRequests: 0, blocks: 0 }
    while (figures.killed < kills) {
      const victim = start()
      if (figures.killed % startKills === 0) {
        await elapse(random() * startMaxMs)
        figures.whileStarting++
      } else {
        const { engine, rpc } = await victim.serves()
        await load.check(engine, rpc)
        // Always one whole block: the next block of every start is valid.
        await load.step(engine)
        const death = elapse(random() * loadMaxMs).then(() => victim.stop('SIGKILL'))
        const blocksMax = figures.killed % 7 === 6 ? 2 : Number.POSITIVE_INFINITY
        const outcome = await workUntilDead(() => load.step(engine), blocksMax)
        figures[outcome]++
        await death
      }
      await victim.stop('SIGKILL')
      running.delete(victim)
      figures.killed++
    }

    // A clean stop in the middle of the work.
    const stopped = start()
    const busy = await stopped.serves()
    await load.check(busy.engine, busy.rpc)
    const working = workUntilDead(() => load.step(busy.engine), Number.POSITIVE_INFINITY)
    await elapse(random() * loadMaxMs)
    expect(await stopped.stop('SIGTERM')).toBe(0)
    running.delete(stopped)
    expect(await working).toBe('whileWorking')

    const last = start()
    const { engine, rpc } = await last.serves()
    await load.check(engine, rpc)
    await load.step(engine)
    // An engine that was never killed finds the same chain valid: no state was damaged and used since.
    for (const { envelope } of load.canonical)
      if (envelope !== null)
        expect(await reference.engine.newPayload(envelope)).toMatchObject({ status: 'VALID' })
    figures.blocks = load.head.number
    expect(await last.stop('SIGTERM')).toBe(0)
    running.delete(last)
    await reference.close()
    process.stdout.write(`kill test: ${JSON.stringify({ seed, ...figures })}\n`)
  }, 600_000)
})

/** Ends when the engine is dead, or has done so many steps. */
async function workUntilDead(
  step: () => Promise<void>,
  stepsMax: number,
): Promise<'whileWorking' | 'betweenRequests'> {
  try {
    for (let done = 0; done < stepsMax; done++) await step()
    return 'betweenRequests'
  } catch (error) {
    if (error instanceof JsonRpcTransportError) return 'whileWorking'
    throw error
  }
}
