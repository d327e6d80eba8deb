import { expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { WorldEvent } from '../events/event.ts'
import { createEventStream } from '../events/stream.ts'
import { watchPeers } from './peer-watch.ts'

it('records who comes and who goes, by name where it is one of ours', async () => {
  const clock = createFakeClock()
  const events = createEventStream(clock)
  const seen: string[] = []
  events.subscribe((event: WorldEvent) => {
    if (event.kind === 'peer') seen.push(`${event.node} ${event.connected ? '+' : '-'}${event.peer}`)
  })
  let answer: () => unknown = () => ({ peers: { idB: {}, stranger: {} } })
  const asked: unknown[] = []
  const rpc = {
    request: async (method: string, params: readonly unknown[]) => {
      asked.push([method, params])
      return answer()
    },
  }
  const nodes = [
    { name: 'a', peerId: 'idA', rpc },
    { name: 'b', peerId: 'idB', rpc: { request: async () => ({ peers: {} }) } },
  ]
  const stop = watchPeers({ nodes, periodMs: 1_000, clock, events })
  await clock.settle()
  expect(seen).toEqual(['a +b', 'a +stranger'])
  answer = () => {
    throw new Error('away')
  }
  await clock.advance(1_000)
  answer = () => ({ peers: { stranger: {} } })
  await clock.advance(1_000)
  expect(seen.slice(2)).toEqual(['a -b'])
  expect(asked).toEqual(Array.from({ length: 3 }, () => ['opp2p_peers', [true]]))
  await stop()
  await clock.advance(5_000)
  expect(asked).toHaveLength(3)
})
