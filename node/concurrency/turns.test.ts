import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

/** An event loop whose clock goes on when work is done, and whose turns pass when they are told to. */
function createLoop() {
  let nowMs = 0
  let due: (() => void)[] = []
  return {
    loop: { nowMs: () => nowMs, later: (run: () => void) => void due.push(run) },
    work(ms: number) {
      nowMs += ms
    },
    get isIdle() {
      return due.length === 0
    },
    async pass() {
      const now = due
      due = []
      for (const run of now) {
        run()
        await settled()
      }
    },
  }
}

/** Everything that waits for nothing else has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('gives no turn away before the slice is over', async () => {
  const { loop, work, pass } = createLoop()
  const turn = createTurns(loop)
  const done: number[] = []
  void (async () => {
    for (let step = 0; step < 6; step++) {
      await turn()
      done.push(step)
      work(2)
    }
  })()
  await settled()
  expect(done).toEqual([0, 1, 2])
  await pass()
  expect(done).toEqual([0, 1, 2, 3, 4, 5])
})

it('has all who share it work for one slice in a turn of the event loop, one after the other', async () => {
  const { loop, work, pass } = createLoop()
  const turn = createTurns(loop)
  const done: string[] = []
  const act = async (name: string) => {
    for (let step = 0; step < 2; step++) {
      await turn()
      done.push(name)
      work(100)
    }
  }
  void Promise.all(['a', 'b', 'c'].map(act))
  await settled()
  expect(done).toEqual(['a'])
  for (const expected of ['b', 'c', 'a', 'b', 'c']) {
    const before = done.length
    await pass()
    expect(done.slice(before)).toEqual([expected])
  }
})

it('leaves nothing to run when nobody waits', async () => {
  const built = createLoop()
  const turn = createTurns(built.loop)
  await turn()
  await built.pass()
  expect(built.isIdle).toBe(true)
  built.work(1_000)
  let isAtOnce = false
  void turn().then(() => {
    isAtOnce = true
  })
  await settled()
  expect(isAtOnce).toBe(true)
})

it('lets who asks for no long work go first, and those behind after 50 ms all the same', async () => {
  const { loop, work, pass } = createLoop()
  const turn = createTurns(loop)
  const done: string[] = []
  const act = async (name: string, steps: number, tookMs: number, order?: 'behind') => {
    for (let step = 0; step < steps; step++) {
      await turn(order)
      done.push(name)
      work(tookMs)
    }
  }
  for (const name of ['long 1', 'long 2']) void act(name, 2, 20, 'behind')
  await settled()
  for (const name of ['short 1', 'short 2', 'short 3']) void act(name, 1, 20)
  for (let passed = 0; passed < 7; passed++) await pass()
  expect(done).toEqual([...['long 1', 'short 1', 'short 2', 'long 2', 'short 3', 'long 1', 'long 2']])
  done.length = 0
  void act('long', 1, 20, 'behind')
  for (let index = 0; index < 6; index++) void act('short', 1, 20)
  await settled()
  for (let passed = 0; passed < 8; passed++) await pass()
  expect(done.indexOf('long')).toBe(3)
})
