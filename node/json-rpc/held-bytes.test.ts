import { expect, it } from 'vitest'
import { HeldBytes } from './held-bytes.ts'

function budget() {
  const held = new HeldBytes({ totalMax: 100, freeBytes: 10 })
  const ended: string[] = []
  return { ended, hold: (name: string) => held.hold(() => void ended.push(name)) }
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
