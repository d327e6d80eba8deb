import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../../node/ports/testing/fake-clock.ts'
import type { Fixtures } from '../../dsl/fixtures.ts'
import { runScenario, type ScenarioRunOptions } from '../../dsl/scenario-run.ts'
import { createEventStream } from '../../events/stream.ts'
import { findRun } from '../../report/find-run.ts'
import { readRun } from '../../report/write-report.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { keepFailedRun } from './kept-timeline.ts'
import { startSimWorld } from './sim-world.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-kept-'))
  vi.stubEnv('LOCKSTEP_DIRECTORY', root)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

type Cl = keyof typeof twoVerifiersFollowing.cls

async function play(
  body: (fixtures: Fixtures<Cl, string>) => Promise<void>,
  options: Partial<ScenarioRunOptions<Cl, string>> = {},
) {
  const told: string[] = []
  const ended = await runScenario<Cl, string>({
    startWorld: startSimWorld,
    world: {
      ...{ name: 'Kept_Simulated', topology: twoVerifiersFollowing, keepFailed: true },
      onArtefacts: (where) => told.push(where),
    },
    ...{ needs: {}, expects: [], onWorld: () => {}, body },
    ...options,
  }).catch((error: unknown) => error as Error)
  const runs = join(root, 'runs')
  return { ended, told, runs: existsSync(runs) ? readdirSync(runs) : [] }
}

describe('a simulated run', { timeout: 60_000 }, () => {
  it('that failed leaves its timeline where those of real programs are, with its end', async () => {
    const { ended, told, runs } = await play(async ({ follower }) => {
      await follower.reached('unsafe', 2)
      throw new Error('as somebody wanted it')
    })
    const [name] = runs
    expect(name).toMatch(/^\d{8}-\d{6}-Kept_Simulated-[0-9a-f]{4}$/)
    expect(told).toEqual([join(root, 'runs', name!)])
    expect((ended as Error).message).toContain(name)
    const { index } = await readRun(findRun('latest', join(root, 'runs')))
    expect(index.end).toMatchObject({ outcome: 'failed' })
    expect(index.end?.message).toContain('as somebody wanted it')
    expect(index.heads.get('follower')?.get('unsafe')?.length).toBeGreaterThan(1)
    expect(JSON.parse(readFileSync(join(told[0]!, 'run.json'), 'utf8'))).toMatchObject({ outcome: 'failed' })
  })

  it('that is inconclusive leaves it too', async () => {
    const { told } = await play(async ({ follower }) => void (await follower.reached('unsafe', 2)), {
      expects: ['reset by L1 reorg'],
    })
    expect(told).toHaveLength(1)
  })

  it('that passed, or that nobody wants, leaves nothing', async () => {
    const body = async ({ follower }: Fixtures<Cl, string>) => void (await follower.reached('unsafe', 2))
    expect(await play(body)).toMatchObject({ ended: { outcome: 'passed' }, told: [], runs: [] })
    const world = { name: 'Kept_Simulated', topology: twoVerifiersFollowing }
    const unwanted = await play(() => Promise.reject(new Error('no')), { world })
    expect(unwanted.runs).toEqual([])
  })
})

describe('keepFailedRun', () => {
  const failOnce = (invocation: string) => {
    vi.stubEnv('LOCKSTEP_INVOCATION', invocation)
    const events = createEventStream(createFakeClock(0))
    const kept = keepFailedRun(events, 'A')
    events.record({ kind: 'booted', durationMs: 1 })
    expect(existsSync(kept.directory)).toBe(false)
    kept.write({ outcome: 'failed' })
    return kept.directory
  }

  it('keeps as many as --keep says, and all of one invocation', () => {
    vi.stubEnv('LOCKSTEP_KEEP', '1')
    const first = [failOnce('one'), failOnce('one'), failOnce('one')]
    expect(first.every((path) => existsSync(path))).toBe(true)
    const next = failOnce('two')
    expect(existsSync(next)).toBe(true)
    expect(first.filter((path) => existsSync(path))).toHaveLength(1)
  })
})
