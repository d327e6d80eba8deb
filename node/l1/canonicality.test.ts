import { describe, expect, it } from 'vitest'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { findNonCanonical, formatNonCanonical } from './canonicality.ts'

describe('L1 canonicality by number → hash', () => {
  it('asks each number once, all at the same time', async () => {
    const l1 = createFakeL1()
    l1.mine(5)
    let asked = 0
    let answer: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      answer = resolve
    })
    const slow = {
      ...l1,
      async headerByNumber(number: bigint) {
        if (++asked === 2) answer()
        await gate
        return l1.headerByNumber(number)
      },
    }
    expect(await findNonCanonical(slow, [l1.at(2n), l1.at(3n), l1.at(2n)])).toBeNull()
    expect(asked).toBe(2)
  })

  it('is not satisfied by an orphan that L1 still serves by hash', async () => {
    const l1 = createFakeL1()
    l1.mine(5)
    const orphan = l1.at(4n)
    l1.reorg(4n, 2)
    expect(await l1.headerByHash(orphan.hash)).not.toBeNull()
    const mismatch = await findNonCanonical(l1, [l1.at(1n), orphan])
    expect(mismatch).toEqual({ kind: 'orphaned', expected: orphan, found: l1.at(4n) })
    expect(formatNonCanonical(mismatch!)).toMatch(/^expected 4:0x.*own L1 has 4:0x/)
  })

  it('finds two hashes of one number', async () => {
    const l1 = createFakeL1()
    l1.mine(5)
    const other = { number: 3n, hash: l1.at(2n).hash }
    expect(await findNonCanonical(l1, [l1.at(3n), other])).toMatchObject({
      kind: 'orphaned',
      expected: other,
    })
  })

  it('says when the chain is not that long', async () => {
    const l1 = createFakeL1()
    const mismatch = await findNonCanonical(l1, [{ number: 9n, hash: l1.head.hash }])
    expect(mismatch?.kind).toBe('ahead')
    expect(formatNonCanonical(mismatch!)).toMatch(/^expected 9:0x.*own L1 is not that far yet$/)
  })

  it('names an orphan rather than a block that is only ahead', async () => {
    const l1 = createFakeL1()
    l1.mine(5)
    const orphan = l1.at(4n)
    l1.reorg(4n, 1)
    const ahead = { number: 9n, hash: orphan.hash }
    expect(await findNonCanonical(l1, [ahead, orphan])).toMatchObject({ kind: 'orphaned', expected: orphan })
  })

  it('throws what L1 throws', async () => {
    const l1 = createFakeL1()
    l1.failure = new Error('down')
    await expect(findNonCanonical(l1, [l1.at(0n)])).rejects.toThrow('down')
  })
})
