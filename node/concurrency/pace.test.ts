import { expect, it } from 'vitest'
import { createPace } from './pace.ts'

/** An event loop whose clock goes on when work is done; the microtasks of a call pass before the next one, as in Node. */
function setUp() {
  let nowMs = 0
  let due: (() => void)[] = []
  const pace = createPace({ nowMs: () => nowMs, later: (run) => void due.push(run) })
  const done: string[] = []
  return {
    done,
    /** As a callback of the event loop, with what follows from it in microtasks. */
    async comes(name: string, takesMs: number) {
      pace(() => {
        done.push(name)
        queueMicrotask(() => {
          nowMs += takesMs
        })
      })
      await settled()
    },
    /** @returns how long the turn took */
    async pass(): Promise<number> {
      const beganMs = nowMs
      const now = due
      due = []
      for (const run of now) {
        run()
        await settled()
      }
      return nowMs - beganMs
    },
    isIdle: () => due.length === 0,
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('works at once while there is time, and leaves nothing to run', async () => {
  const { comes, done, pass, isIdle } = setUp()
  await comes('a', 2)
  await comes('b', 2)
  expect(done).toEqual(['a', 'b'])
  await pass()
  expect(isIdle()).toBe(true)
  await comes('c', 2)
  expect(done).toEqual(['a', 'b', 'c'])
})

it('lets the event loop go on when what came first has taken its time, in microtasks too, and keeps the order', async () => {
  const { comes, done, pass, isIdle } = setUp()
  const names = Array.from({ length: 30 }, (_, at) => String(at))
  for (const name of names) await comes(name, 4)
  expect(done).toEqual(['0', '1'])
  await comes('last', 0)
  for (let turns = 0; !isIdle(); turns++) {
    expect(await pass()).toBeLessThanOrEqual(8)
    expect(turns).toBeLessThan(20)
  }
  expect(done).toEqual([...names, 'last'])
})

it('gives one that takes longer than its time a turn of its own', async () => {
  const { comes, done, pass } = setUp()
  for (const name of ['a', 'b', 'c']) await comes(name, 50)
  expect(done).toEqual(['a'])
  expect([await pass(), await pass()]).toEqual([50, 50])
  expect(done).toEqual(['a', 'b', 'c'])
})
