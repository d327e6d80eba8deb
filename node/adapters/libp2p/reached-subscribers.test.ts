import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../network/testing/test-p2p.ts'
import { reachedSubscribers } from './reached-subscribers.ts'
import { startHost, topic } from './testing/test-host.ts'

function fakePubsub() {
  return {
    streamsOutbound: new Map<string, object>(),
    sent: [] as unknown[][],
    getSubscribers: (topic: string) => (topic === 'blocks' ? ['a', 'b'] : []),
    sendSubscriptions(...call: unknown[]) {
      this.sent.push(call)
    },
  }
}

describe('the subscribers that a publication reaches', () => {
  it('are those to whom a stream is open, as it opens and closes', () => {
    const pubsub = fakePubsub()
    const reached = reachedSubscribers(pubsub, () => {})
    expect(reached('blocks')).toEqual([])
    pubsub.streamsOutbound.set('b', {}).set('c', {})
    expect([reached('blocks'), reached('other')]).toEqual([['b'], []])
    pubsub.streamsOutbound.delete('b')
    expect(reached('blocks')).toEqual([])
  })

  it('are told of as their stream opens, which sends them what we subscribe to', () => {
    const pubsub = fakePubsub()
    const told: string[] = []
    reachedSubscribers(pubsub, (peer) => told.push(peer))
    pubsub.sendSubscriptions('b', ['blocks'], true)
    expect([told, pubsub.sent]).toEqual([['b'], [['b', ['blocks'], true]]])
  })

  it.each(['streamsOutbound', 'sendSubscriptions'])('need gossipsub to have %s', (name) => {
    const pubsub = { ...fakePubsub(), [name]: undefined }
    expect(() => reachedSubscribers(pubsub, () => {})).toThrow('another version than package.json pins')
  })
})

it('a real host knows a subscription before anything reaches who subscribes, and is told when it does', async () => {
  const [a, b] = [await startHost(), await startHost()]
  onTestFinished(async () => void (await Promise.all([a.stop(), b.stop()])))
  const { pubsub } = a.services
  const gate = Promise.withResolvers<void>()
  const opens: { createOutboundStream(...call: unknown[]): Promise<void> } = pubsub as never
  const { createOutboundStream } = opens
  opens.createOutboundStream = async (...call) => {
    await gate.promise
    return createOutboundStream.apply(pubsub, call)
  }
  const told: string[] = []
  const reached = reachedSubscribers(pubsub, (peer) => told.push(peer))
  const heard: number[] = []
  b.services.pubsub.addEventListener('message', ({ detail }) => heard.push(detail.data[0]!))

  await a.dial(multiaddr(b.getMultiaddrs()[0]?.toString()))
  await until(() => pubsub.getSubscribers(topic).length === 1)
  expect([reached(topic), told]).toEqual([[], []])
  const { recipients } = await pubsub.publish(topic, Uint8Array.of(1))
  expect(recipients.map(String)).not.toContain(b.peerId.toString())

  gate.resolve()
  await until(() => told.length > 0)
  expect(reached(topic)).toEqual([b.peerId.toString()])
  await pubsub.publish(topic, Uint8Array.of(2))
  await until(() => heard.length > 0)
  expect(heard).toEqual([2])
})
