import { describe, expect, it } from 'vitest'
import { requiredMarks } from '../events/marks.ts'
import { markCoverage } from './mark-coverage.ts'

describe('markCoverage', () => {
  it('counts scenarios, not events, and names what nobody reached', () => {
    const { summary } = markCoverage([
      { name: 'A', reached: ['follow case 3', 'follow case 3', 'my own mark'] },
      { name: 'B', reached: ['follow case 3', 'follow case 4'] },
    ])
    expect(summary).toMatch(/^reached in all: follow case 3 \(2\), follow case 4, my own mark\n/)
    expect(summary).toMatch(/\nreached by nobody: follow case 1, follow case 2a, /)
    expect(markCoverage([]).summary).toMatch(/^reached in all: nothing\n/)
  })

  it('complains about each required mark that nobody reached, and about no other', () => {
    const [first, ...rest] = requiredMarks
    expect(markCoverage([{ name: 'A', reached: [...requiredMarks] }]).complaints).toEqual([])
    expect(markCoverage([{ name: 'A', reached: rest }]).complaints).toEqual([
      expect.stringMatching(new RegExp(`^no scenario reached ${first} \\(`)),
    ])
  })
})
