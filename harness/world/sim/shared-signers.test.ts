import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { recoverBlockSigner, signBlock } from '../../../node/network/block-signature.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { createSharedSigners } from './shared-signers.ts'

const key: Hex = `0x${'5e'.repeat(32)}`
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const wordOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

describe('signers of a simulated world', () => {
  it('are those that a node finds by itself', () => {
    const { recover } = createSharedSigners()
    const hash = keccak256(Uint8Array.of(1))
    const good = signBlock(hash, key)
    const changed = (change: (bytes: Uint8Array) => void) => {
      const bytes = good.slice()
      change(bytes)
      return bytes
    }
    const signatures = [
      good,
      changed((bytes) => bytes.fill(1 - bytes[64]!, 64)),
      changed((bytes) => bytes.fill(2, 64)),
      changed((bytes) => bytes.fill(0, 0, 32)),
      changed((bytes) => bytes.fill(0xff, 0, 32)),
      changed((bytes) => bytes.fill(0, 32, 64)),
      changed((bytes) => bytes.set(wordOf(order), 32)),
      good.subarray(0, 64),
      new Uint8Array(66),
    ]
    for (const signature of signatures) {
      expect(recover(hash, signature)).toBe(recoverBlockSigner(hash, signature))
      expect(recover(hash, signature)).toBe(recoverBlockSigner(hash, signature))
    }
    expect(recover(hash, good)).not.toBeNull()
    expect(recover(keccak256(Uint8Array.of(2)), good)).toBe(
      recoverBlockSigner(keccak256(Uint8Array.of(2)), good),
    )
  })

  it('sign as a node does, and know whom that leads to', () => {
    const { sign, recover } = createSharedSigners()
    for (let salt = 0; salt < 20; salt++) {
      const hash = keccak256(Uint8Array.of(salt))
      const signature = sign(hash, key)
      expect(signature).toEqual(signBlock(hash, key))
      expect(recover(hash, signature)).toBe(recoverBlockSigner(hash, signature))
      expect(recover(keccak256(Uint8Array.of(salt, 1)), signature)).not.toBe(recover(hash, signature))
    }
  })
})
