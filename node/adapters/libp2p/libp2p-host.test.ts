import { multiaddr } from '@multiformats/multiaddr'
import { expect, it, vi } from 'vitest'
import { until } from '../../network/testing/test-p2p.ts'
import { forgetPeers } from './forget-peers.ts'
import { startHost, topic } from './testing/test-host.ts'

it('does not value a peer for being in its mesh, which costs an attacker nothing', async () => {
  const [a, b] = [await startHost(), await startHost()]
  try {
    let grafts = 0
    a.services.pubsub.addEventListener('gossipsub:graft', () => grafts++)
    await b.dial(multiaddr(a.getMultiaddrs()[0]?.toString()))
    // What `b` publishes before it knows of `a`'s subscription goes to nobody, and `a` may graft it earlier than that.
    await until(() => grafts > 0 && b.services.pubsub.getSubscribers(topic).length > 0)
    // It would be written while a message travels.
    let messages = 0
    a.services.pubsub.addEventListener('message', () => messages++)
    await b.services.pubsub.publish(topic, Uint8Array.of(1))
    await until(() => messages > 0)
    const { tags } = await a.peerStore.get(b.peerId)
    expect([...tags.keys()]).toEqual([])
  } finally {
    await Promise.all([a.stop(), b.stop()])
  }
})

it('forgets what a peer said of itself when it goes, unless the operator named it', async () => {
  const [a, stranger, named] = [await startHost(), await startHost(), await startHost()]
  forgetPeers(a)
  const knows = async () => (await a.peerStore.all()).map(({ id }) => id.toString())
  try {
    await a.peerStore.merge(named.peerId, { tags: { static: { value: 100 } } })
    const identified: string[] = []
    a.addEventListener('peer:identify', ({ detail }) => identified.push(detail.peerId.toString()))
    for (const host of [stranger, named]) await host.dial(multiaddr(a.getMultiaddrs()[0]?.toString()))
    await until(() => identified.length === 2)
    expect((await knows()).sort()).toEqual([stranger.peerId, named.peerId].map(String).sort())
    let left = 0
    a.addEventListener('peer:disconnect', () => left++)
    await Promise.all([stranger.stop(), named.stop()])
    await until(() => left === 2)
    await vi.waitFor(async () => expect(await knows()).toEqual([named.peerId.toString()]))
  } finally {
    await Promise.all([a, stranger, named].map((host) => host.stop()))
  }
})
