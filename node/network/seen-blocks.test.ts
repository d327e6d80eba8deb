import { describe, expect, it } from 'vitest'
import { createSeenBlocks } from './seen-blocks.ts'

describe('seen blocks', () => {
  it('forgets the height that was added to first when there are more than 1000', () => {
    const seen = createSeenBlocks()
    for (let height = 0n; height <= 1_000n; height++) seen.add(height, `0x${'11'.repeat(32)}`)
    expect(seen.has(0n, `0x${'11'.repeat(32)}`)).toBe(false)
    expect(seen.has(1n, `0x${'11'.repeat(32)}`)).toBe(true)
    expect(seen.has(1_000n, `0x${'11'.repeat(32)}`)).toBe(true)
  })
})
