import { expect, it } from 'vitest'
import { createSystemClock } from '../../adapters/system/system-clock.ts'
import { peerScoring } from '../gossip-scoring.ts'
import { describeGossipTransport } from './gossip-transport-contract.ts'
import { createMemoryNetwork } from './memory-network.ts'
import { testP2pConfig } from './p2p-config.ts'

const clock = createSystemClock()
describeGossipTransport('memory', createMemoryNetwork({ clock }).open)
describeGossipTransport('memory with latency', createMemoryNetwork({ clock, latencyMs: 3 }).open)

it('ends a connection, and lets none be made, when what is between two peers says so', async () => {
  let admitted = true
  const dialled: (readonly [from: string, to: string])[] = []
  const network = createMemoryNetwork({
    clock,
    admits(from, to) {
      dialled.push([from, to])
      return admitted
    },
  })
  const start = async (key: number) => {
    const transport = await network.open({
      ...{ listenHost: '127.0.0.1', listenPort: 0, privateKey: new Uint8Array(32).fill(key) },
      ...{ connectionsMax: 10, gate: { refusesPeer: () => false, refusesIp: () => false } },
      ...{ topics: [], messageId: (_, data) => data, messageLengthMax: 10, userAgent: 'test' },
      ...{ mesh: testP2pConfig().mesh, scoring: peerScoring('light', 2_000, () => 0) },
    })
    await transport.start()
    return transport
  }
  const [a, b] = [await start(1), await start(2)]
  const never = new AbortController().signal
  const dial = () => a.dial(b.addresses()[0]!, never)
  const connections = () => [a.connections().length, b.connections().length]

  await dial()
  expect(connections()).toEqual([1, 1])
  expect(network.sever(b.peerId, a.peerId)).toBe(true)
  await expect.poll(connections).toEqual([0, 0])
  expect(network.sever(a.peerId, b.peerId)).toBe(false)

  admitted = false
  await expect(dial()).rejects.toThrow('ECONNRESET')
  expect(connections()).toEqual([0, 0])
  expect(dialled).toEqual([
    [a.peerId, b.peerId],
    [a.peerId, b.peerId],
  ])
  await Promise.all([a.stop(), b.stop()])
})
