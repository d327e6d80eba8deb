import { expect, it } from 'vitest'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { HeldBytes } from './held-bytes.ts'

function budget() {
  const clock = createFakeClock()
  const held = new HeldBytes({ clock, totalMax: 100, freeBytes: 10 })
  const ended: string[] = []
  return { clock, ended, hold: (name: string) => held.hold(() => void ended.push(name)) }
}

it('ends the connection that has had much for longest, and no more of them than it must', () => {
  const { ended, hold } = budget()
  const [first, second, third] = [hold('first'), hold('second'), hold('third')]
  first.set(10)
  second.set(60)
  first.set(50)
  expect(ended).toEqual([])
  third.set(40)
  expect(ended).toEqual(['second'])
})

it('takes a connection that was rid of it for a new one', () => {
  const { ended, hold } = budget()
  const [subscriber, silent] = [hold('subscriber'), hold('silent')]
  subscriber.set(60)
  silent.set(60)
  subscriber.set(0)
  subscriber.set(61)
  expect(ended).toEqual(['silent'])
})

it('lets everybody have the free bytes, and ends one that alone is too many', () => {
  const { ended, hold } = budget()
  for (let index = 0; index < 100; index++) hold(`small ${index}`).set(10)
  expect(ended).toEqual([])
  hold('big').set(111)
  expect(ended).toEqual(['big'])
})

it('counts what ended no more', () => {
  const { ended, hold } = budget()
  const [one, other] = [hold('one'), hold('other')]
  one.set(111)
  other.set(110)
  one.set(0)
  expect(ended).toEqual(['one'])
})

/** Whether it has been let on. */
function wish(room: Promise<void>) {
  const wished = { isGranted: false }
  void room.then(() => {
    wished.isGranted = true
  })
  return wished
}

it('makes more for one at a time while half of it waits, the one with much for longest first', async () => {
  const { clock, ended, hold } = budget()
  const [first, second, small] = [hold('first'), hold('second'), hold('small')]
  first.set(40)
  second.set(40)
  small.set(10)
  const wishes = [first, second, small].map((one) => wish(one.room()))
  await clock.advance(0)
  expect(wishes.map(({ isGranted }) => isGranted)).toEqual([true, false, true])
  first.set(20)
  await clock.advance(0)
  expect(wishes[1]?.isGranted).toBe(true)
  expect(ended).toEqual([])
})

it('ends who reads nothing for two seconds while others wait, and nobody for whom more is being made', async () => {
  const { clock, ended, hold } = budget()
  const [making, silent, reading, waiting] = ['making', 'silent', 'reading', 'waiting'].map(hold)
  for (const one of [making, silent, reading, waiting]) one?.set(30)
  void making?.room()
  await clock.advance(10_000)
  // Nobody waits.
  expect(ended).toEqual([])
  silent?.set(31)
  reading?.reads()
  const wished = wish(waiting?.room() ?? Promise.resolve())
  for (let seconds = 0; seconds < 3; seconds++) {
    reading?.reads()
    await clock.advance(1_000)
  }
  expect(ended).toEqual(['silent'])
  expect(wished.isGranted).toBe(false)
  making?.set(0)
  await clock.advance(0)
  expect(wished.isGranted).toBe(true)
})

it('lets go who waits for room when its client has gone, and keeps no timer then', async () => {
  const { clock, hold } = budget()
  const gone = new AbortController()
  hold('other').set(70)
  const waiting = hold('waiting')
  waiting.set(20)
  const wished = wish(waiting.room(gone.signal))
  await clock.advance(0)
  expect(wished.isGranted).toBe(false)
  gone.abort()
  await clock.advance(0)
  expect(wished.isGranted).toBe(true)
  expect(clock.sleeping).toBe(0)
})

it('waits for a client again when what was made for it is made, and nothing came of it', async () => {
  const { clock, ended, hold } = budget()
  const [silent, waiting] = [hold('silent'), hold('waiting')]
  silent.set(60)
  await silent.room()
  silent.set(60)
  waiting.set(20)
  const wished = wish(waiting.room())
  await clock.advance(2_000)
  expect(ended).toEqual(['silent'])
  expect(wished.isGranted).toBe(true)
})
