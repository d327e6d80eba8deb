import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Lifecycle, LifecycleAction } from '../drivers/lifecycle-handle.ts'
import type { Fact } from '../events/event.ts'
import { createNodePoint } from './node-point.ts'
import { testFaultContext } from './testing/fault-context.ts'
import { faults } from './vocabulary.ts'

const everything: readonly LifecycleAction[] = [
  ...(['start', 'stop', 'kill', 'pause', 'wipe', 'relocate', 'skewClock'] as const),
]

/** A component that says what was done to it, and takes a turn of the event loop for it. */
function setUp(can: readonly LifecycleAction[] = everything) {
  const done: string[] = []
  let running = true
  const act = (what: string, runs: boolean) => async () => {
    await Promise.resolve()
    done.push(what)
    running = runs
  }
  const lifecycle: Lifecycle = {
    driver: 'process',
    can: new Set(can),
    starts: 1,
    get running() {
      return running
    },
    start: act('start', true),
    stop: act('stop', false),
    kill: act('kill', false),
    pause: act('pause', true),
    resume: act('resume', true),
    wipe: act('wipe', false),
    relocate: act('relocate', false),
    skewClock: (ms) => act(`skewClock ${ms}`, false)(),
  }
  const clock = createFakeClock()
  const facts: Fact[] = []
  const onStarted = async () => void done.push('peers')
  const point = createNodePoint({ ...testFaultContext(clock, facts), name: 'follower', lifecycle, onStarted })
  return { point, done, clock, facts }
}

describe('a component as a fault point', () => {
  it.each([
    ['stop', faults.stop(), ['stop'], ['start', 'peers']],
    ['kill', faults.kill(), ['kill'], ['start', 'peers']],
    ['pause', faults.pause(), ['pause'], ['resume']],
    ['wipe', faults.wipe(), ['wipe'], ['start', 'peers']],
    ['restart', faults.restart(), ['stop', 'start', 'peers'], []],
    ['restart elsewhere', faults.restart({ newPort: true }), ['relocate', 'start', 'peers'], []],
    [
      'clockSkew',
      faults.clockSkew(-500),
      ['skewClock -500', 'start', 'peers'],
      ['skewClock 0', 'start', 'peers'],
    ],
  ])('%s: does it, and undoes it when it is removed', async (_, fault, does, undoes) => {
    const { point, done, facts } = setUp()
    const installed = await point.install(fault)
    expect([done, installed.hits]).toEqual([does, 1])
    await installed.remove()
    await installed.remove()
    expect(done).toEqual([...does, ...undoes])
    expect(facts.map((fact) => 'action' in fact && fact.action)).toEqual(['install', 'hit', 'remove'])
  })

  it('does not start again what somebody else has started', async () => {
    const { point, done } = setUp()
    const first = await point.install(faults.stop())
    const second = await point.install(faults.kill())
    await first.remove()
    await second.remove()
    expect(done).toEqual(['stop', 'kill', 'start', 'peers'])
  })

  it('goes back to the clock of the fault that still stands, and leaves stopped what somebody has stopped', async () => {
    const { point, done } = setUp()
    await point.install(faults.clockSkew(500))
    const second = await point.install(faults.clockSkew(-500))
    const stop = await point.install(faults.stop())
    done.length = 0
    await second.remove()
    expect(done).toEqual(['skewClock 500'])
    await stop.remove()
    expect(done).toEqual(['skewClock 500', 'start', 'peers'])
  })

  it('during: begins and ends by the clock', async () => {
    const { point, done, clock } = setUp()
    const fault = await point.install(faults.pause().during({ fromMs: 100, toMs: 300 }))
    expect([done, fault.hits]).toEqual([[], 0])
    await clock.advance(100)
    await fault.hit()
    expect(done).toEqual(['pause'])
    await clock.advance(200)
    await clock.settle()
    expect([done, point.faults]).toEqual([['pause', 'resume'], []])
  })

  it('is not done any more when it is removed before its time', async () => {
    const { point, done, clock } = setUp()
    const fault = await point.install(faults.kill().during({ fromMs: 100 }))
    await fault.remove()
    await clock.advance(200)
    await clock.settle()
    expect(done).toEqual([])
  })

  it('refuses what its driver cannot do, and what means nothing here', async () => {
    const { point } = setUp(['start', 'stop', 'kill'])
    await expect(point.install(faults.wipe())).rejects.toThrow(
      'follower cannot carry wipe: its driver, process, cannot wipe; it can start, stop, kill',
    )
    await expect(point.install(faults.kill().times(2))).rejects.toThrow('it is done once')
    await expect(point.install(faults.clockSkew(500))).rejects.toThrow('cannot skewClock')
    await expect(point.install(faults.restart({ newPort: true }))).rejects.toThrow('cannot relocate')
    await expect(point.install(faults.hang())).rejects.toThrow('it carries faults for node')
  })
})
