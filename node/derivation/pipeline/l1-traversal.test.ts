import { describe, expect, it } from 'vitest'
import { createFakeL1 } from '../../ports/testing/fake-l1.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import { nextL1Block } from './l1-traversal.ts'

const signal = new AbortController().signal

/** An L1 with blocks 0 to 5 of which derivation has read up to 3. */
function atThree() {
  const l1 = createFakeL1()
  l1.mine(5)
  return { l1, origin: l1.at(3n) as L1BlockRef }
}

describe('the L1 block after the one that was read', () => {
  it('is the child, with all that derivation reads of it', async () => {
    const { l1, origin } = atThree()
    expect(await nextL1Block(l1, origin, signal)).toMatchObject({
      kind: 'block',
      block: { header: l1.at(4n), transactions: [], receipts: [] },
    })
  })

  it('a next block on another parent is a reorg', async () => {
    const { l1, origin } = atThree()
    l1.reorg(2n, 4)
    expect(await nextL1Block(l1, origin, signal)).toEqual({ kind: 'reorg', found: l1.at(4n) })
  })

  it('a shorter chain with another block there is a reorg, before it has grown', async () => {
    const { l1, origin } = atThree()
    l1.reorg(2n, 2)
    expect(await nextL1Block(l1, origin, signal)).toEqual({ kind: 'reorg', found: l1.at(3n) })
  })

  it('an L1 that lags behind what was read has none yet', async () => {
    const { l1, origin } = atThree()
    l1.reorg(3n, 0)
    expect(await nextL1Block(l1, origin, signal)).toEqual({ kind: 'none' })
  })

  it('there is none at the head', async () => {
    const { l1 } = atThree()
    expect(await nextL1Block(l1, l1.head, signal)).toEqual({ kind: 'none' })
  })
})
