import { expect, it } from 'vitest'
import { zeroL1BlockRef, zeroL2BlockRef } from './protocol/refs.ts'
import { trackStatus } from './status-tracker.ts'

const heads = ['unsafe', 'localSafe', 'pendingSafe', 'safe', 'finalized'] as const
const l1Heads = ['latest', 'safe', 'finalized'] as const

function setUp() {
  const l2 = Object.fromEntries(heads.map((head) => [head, zeroL2BlockRef]))
  const l1 = Object.fromEntries(l1Heads.map((head) => [head, zeroL1BlockRef]))
  const derivation = { currentL1: zeroL1BlockRef }
  const status = trackStatus({ engine: { state: l2 }, watcher: { heads: l1 }, derivation } as never)
  return { l2, l1, derivation, status }
}

it('is one object until something of it changes', () => {
  const { status } = setUp()
  expect(status()).toBe(status())
})

it.each(heads)('tells of another %s head', (head) => {
  const { l2, status } = setUp()
  const before = status()
  l2[head] = { ...zeroL2BlockRef, number: 1n }
  expect(status()).not.toBe(before)
  expect(Object.values(status()).some(({ number }) => number === 1n)).toBe(true)
})

it.each(l1Heads)('tells of another %s head of L1', (head) => {
  const { l1, status } = setUp()
  const before = status()
  l1[head] = { ...zeroL1BlockRef, number: 1n }
  expect(status()).not.toBe(before)
  expect(Object.values(status()).some(({ number }) => number === 1n)).toBe(true)
})

it('tells of another currentL1', () => {
  const { derivation, status } = setUp()
  status()
  derivation.currentL1 = { ...zeroL1BlockRef, number: 1n }
  expect(status().currentL1.number).toBe(1n)
})
