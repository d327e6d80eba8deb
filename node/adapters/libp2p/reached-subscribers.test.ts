import { describe, expect, it } from 'vitest'
import { reachedSubscribers } from './reached-subscribers.ts'

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
