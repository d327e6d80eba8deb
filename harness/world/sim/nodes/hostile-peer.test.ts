import { describe, expect, it } from 'vitest'
import type { HostileEffect } from '../../../faults/effects.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { simulated } from '../testing/simulated.ts'
import { pair } from '../testing/small-topologies.ts'

/** The pair, and a peer of both that sends what it should not. */
const topology = {
  ...pair,
  name: 'stranger',
  hostile: { hostile: { gossip: ['reference', 'sequencer'] } },
} as const

const expected: readonly (readonly [HostileEffect['kind'], verdict: 'reject' | 'ignore', reason: string])[] =
  [
    ['badSignature', 'reject', 'wrong_signer'],
    ['wrongHash', 'reject', 'bad_block_hash'],
    ['oldBlock', 'reject', 'too_old'],
    ['futureBlock', 'reject', 'too_early'],
    ['duplicate', 'ignore', 'seen'],
    ['anotherChainBlock', 'reject', 'wrong_signer'],
    ['oversized', 'reject', 'malformed'],
  ]

describe('a hostile peer in a simulated world', () => {
  it.each(expected)('%s: %s, %s, and the chain goes on', async (kind, action, reason) => {
    await simulated({ topology }, async ({ reference, sequencer, world, events, until }) => {
      await reference.reached('unsafe', 2)
      const fault = await world.points.get('hostile').install(faults[kind]().times(1))
      await fault.hit()
      await until('it is refused', () =>
        events.some(
          (event) =>
            event.kind === 'gossip' &&
            event.node === 'reference' &&
            event.action === action &&
            event.reason === reason &&
            // No node: a stranger is told by its peer id.
            event.peer?.startsWith('16Uiu2') === true,
        ),
      )
      expect(events).toContainEqual(
        expect.objectContaining({
          kind: 'gossip',
          node: 'hostile',
          action: 'publish',
          reason: fault.fault.name,
        }),
      )
      await Promise.all([reference.advanced('unsafe', 3), reference.advanced('localSafe', 2)])
      await reference.inSync(sequencer, 'unsafe')
      await reference.inSync(sequencer, 'localSafe')
    })
  })

  it('is thrown out for forged messages, and is refused when it comes again', async () => {
    await simulated({ topology }, async ({ reference, world, events, until }) => {
      const strangers = (connected: boolean) =>
        events.filter(
          (event) =>
            event.kind === 'peer' &&
            event.node === 'reference' &&
            event.peer.startsWith('16Uiu2') &&
            event.connected === connected,
        ).length
      await until('it is connected', () => strangers(true) === 1)
      await world.points.get('hostile').install(faults.oversized())
      await until('it is thrown out', () => strangers(false) === 1)
      const count = () => events.filter((event) => event.kind === 'gossip' && event.node === 'hostile').length
      await reference.advanced('unsafe', 1)
      const before = count()
      await reference.advanced('unsafe', 5)
      // It hears nothing any more, and so has nothing to answer.
      expect(count()).toBe(before)
      expect(strangers(true)).toBe(1)
    })
  })
})
