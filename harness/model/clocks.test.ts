import { expect, it } from 'vitest'
import { createFakeWorld } from '../invariants/testing/fake-world.ts'
import { createClocks } from './clocks.ts'

const skew = (id: number, ms: number, node = 'follower') => ({
  ...({ kind: 'fault', id, point: node, fault: 'clockSkew', action: 'install' } as const),
  json: { fault: 'clockSkew', ms },
})
const end = (id: number) => ({
  ...({ kind: 'fault', id, point: 'follower', fault: 'clockSkew', action: 'remove' } as const),
})
const start = (component = 'follower') => ({ kind: 'component', component, action: 'start' }) as const

it('a node has the clock that it was started with', () => {
  const { events } = createFakeWorld()
  const clocks = createClocks()
  events.subscribe((event) => clocks.add(event))
  const after = (...facts: Parameters<typeof events.record>[0][]) => {
    for (const fact of facts) events.record(fact)
    return [clocks.aheadMs('follower'), clocks.aheadMs('sequencer')]
  }
  expect(after(start())).toEqual([0, 0])
  expect(after(skew(1, -3_000))).toEqual([0, 0])
  expect(after(start('sequencer'), start())).toEqual([-3_000, 0])
  expect(after(skew(2, 5_000), start())).toEqual([5_000, 0])
  expect(after(end(2))).toEqual([5_000, 0])
  expect(after(start())).toEqual([-3_000, 0])
  expect(after(end(1), start())).toEqual([0, 0])
})
