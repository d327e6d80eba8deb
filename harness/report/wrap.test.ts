import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wrap } from './wrap.ts'

describe('wrap', () => {
  it.each([
    { text: 'one two three', columns: 9, lines: ['  one two', '  three'] },
    { text: 'short', columns: 80, lines: ['  short'] },
    { text: 'averyveryverylongword x', columns: 10, lines: ['  averyveryverylongword', '  x'] },
    { text: '', columns: 80, lines: ['  '] },
  ])('$text in $columns columns', ({ text, columns, lines }) => {
    expect(wrap(text, { columns, indent: '  ' })).toEqual(lines)
  })

  it('keeps every word, in lines that fit', () => {
    const word = fc.stringMatching(/^[a-z]{1,9}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 9, max: 60 }), (words, columns) => {
        const lines = wrap(words.join(' '), { columns, indent: '' })
        expect(lines.join(' ')).toBe(words.join(' '))
        expect(lines.every((line) => line.length <= columns)).toBe(true)
      }),
    )
  })
})
