import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { createL1View } from './l1-view.ts'

const block = (number: number, fork: string) => ({
  number: BigInt(number),
  hash: `0x${fork}${number}` as Hash,
})

describe('createL1View', () => {
  it('follows a chain and knows what a reorg orphaned, and when', () => {
    const view = createL1View(block(0, 'a'))
    for (const number of [1, 2, 3]) view.add(block(number, 'a'), number)
    expect([view.isCanonical(block(2, 'a')), view.isCanonical(block(2, 'b')), view.lastReorgMs]).toEqual([
      true,
      false,
      null,
    ])
    view.add(block(2, 'b'), 50)
    expect(view.head).toEqual(block(2, 'b'))
    expect([view.orphanedMs(block(2, 'a').hash), view.orphanedMs(block(3, 'a').hash)]).toEqual([50, 50])
    expect([view.isCanonical(block(1, 'a')), view.isCanonical(block(3, 'a'))]).toEqual([true, false])
    expect(view.lastReorgMs).toBe(50)
  })

  it('takes a block back that becomes canonical again', () => {
    const view = createL1View(block(0, 'a'))
    view.add(block(1, 'a'), 1)
    view.add(block(1, 'b'), 2)
    view.add(block(1, 'a'), 3)
    expect(view.isCanonical(block(1, 'a'))).toBe(true)
    expect(view.orphanedMs(block(1, 'a').hash)).toBeUndefined()
    expect(view.orphanedMs(block(1, 'b').hash)).toBe(3)
  })
})
