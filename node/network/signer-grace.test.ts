import type { Address } from 'viem'
import { describe, expect, it } from 'vitest'
import { createSignerGrace } from './signer-grace.ts'

const alice: Address = `0x${'a1'.repeat(20)}`
const bob: Address = `0x${'b0'.repeat(20)}`
const carol: Address = `0x${'ca'.repeat(20)}`

function setUp(fixed: Address | null = null) {
  const time = { ms: 0 }
  const grace = createSignerGrace(fixed, () => time.ms)
  const all = () => [alice, bob, carol].map(grace.judge)
  return { time, grace, all }
}
const rotated = { current: bob, previous: { address: alice, untilMs: 1_000 } }

describe('the signer before a rotation', () => {
  it('is nobody at the start', () => {
    const { grace, all } = setUp()
    expect(all()).toEqual(['unknown', 'unknown', 'unknown'])
    grace.set({ current: alice, previous: null })
    expect(all()).toEqual(['current', 'wrong', 'wrong'])
  })

  it('is heard until its time is over', () => {
    const { time, grace, all } = setUp()
    grace.set(rotated)
    expect(all()).toEqual(['previous', 'current', 'wrong'])
    time.ms = 999
    expect(all()).toEqual(['previous', 'current', 'wrong'])
    time.ms = 1_000
    expect(all()).toEqual(['wrong', 'current', 'wrong'])
  })

  it('is heard until a block of the new one is valid, and not again for the same rotation', () => {
    const { grace, all } = setUp()
    grace.set(rotated)
    grace.confirm()
    expect(all()).toEqual(['wrong', 'current', 'wrong'])
    // A rotation to carol that L1 orphans.
    grace.set({ current: carol, previous: { address: bob, untilMs: 1_001 } })
    grace.set(rotated)
    expect(all()).toEqual(['wrong', 'current', 'wrong'])
    grace.set({ current: alice, previous: { address: bob, untilMs: 1_002 } })
    expect(all()).toEqual(['current', 'previous', 'wrong'])
  })

  it('is not heard while L1 names nobody', () => {
    const { grace, all } = setUp()
    grace.set({ ...rotated, current: null })
    expect(all()).toEqual(['unknown', 'unknown', 'unknown'])
  })

  it('is nobody when the configuration names the signer', () => {
    const { grace, all } = setUp(carol)
    grace.set(rotated)
    expect(all()).toEqual(['wrong', 'wrong', 'current'])
  })
})
