import { expect, it } from 'vitest'
import { signalAfter } from './signal-after.ts'

it.each([
  ['that aborts later', false],
  ['that has aborted', true],
])('aborts when the work has ended, which a signal begins %s', async (_, atOnce) => {
  const stop = new AbortController()
  const abort = () => stop.abort(new Error('SIGTERM'))
  const work = Promise.withResolvers<void>()
  let begun = 0
  if (atOnce) abort()
  const after = signalAfter(stop.signal, () => {
    begun++
    return work.promise
  })
  expect([begun, after.aborted]).toEqual([atOnce ? 1 : 0, false])
  abort()
  await Promise.resolve()
  expect([begun, after.aborted]).toEqual([1, false])
  work.resolve()
  await work.promise
  expect(after.reason).toMatchObject({ message: 'SIGTERM' })
})
