import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peerIdOfKey } from '../../../node/adapters/libp2p/peer-names.ts'
import { peerIdOf } from './sim-peers.ts'

describe('the peer id of a key', () => {
  it('is the one of libp2p, also when it is asked for again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        // Zero, and what is not below the order of the curve.
        fc.pre(key.some((byte) => byte > 0) && key[0] !== 0xff)
        expect([peerIdOf(key), peerIdOf(key)]).toEqual([peerIdOfKey(key), peerIdOfKey(key)])
      }),
      { numRuns: 20 },
    )
  })

  it('is refused for what is no key', () => {
    expect(() => peerIdOf(new Uint8Array(32))).toThrow()
  })
})
