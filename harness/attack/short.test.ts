import { afterEach, expect, it } from 'vitest'
import { exceeded } from './attack.ts'
import { attacks } from './attacks.ts'

/**
 * Those that broke something once and take little time. A machine that runs other tests too cannot be held to the
 * milliseconds of `npm run attack`: a delay that is ten times as long is a fault on any.
 */
const short = [
  'a batch of 5 MB of tiny calls',
  'eth_call: 50 loops whose clients hang up',
  'pipelining: 20 000 requests whose answers nobody reads',
  'gossip: 2000 messages of garbage of one peer',
  'node: L1 answers chunks of one byte without an end',
]
const stallMsMax = 1_000

const stop = new AbortController()
afterEach(({ task }) => {
  // A victim of an attack that took too long must not live on.
  if (task.result?.state === 'fail') stop.abort(new Error('an attack failed'))
})

// Two at a time: most of an attack's time is waiting, and what is measured is processor time.
it.concurrent.each(short)('holds: %s', { timeout: 120_000 }, async (name) => {
  const attack = attacks.find((one) => one.name === name)
  if (attack === undefined) throw new Error(`expected an attack named ${JSON.stringify(name)}, found none`)
  const measured = await attack.run(stop.signal)
  expect(exceeded({ bound: { ...attack.bound, stallMs: stallMsMax } }, measured)).toEqual([])
})
