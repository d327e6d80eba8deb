import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { entriesOf, listOf } from './list-schema.ts'

describe('listOf', () => {
  const schema = listOf(z.object({ a: z.string().transform(Number) }), 3)

  it('gives the items as their schema makes them', () => {
    expect(schema.parse([{ a: '1' }, { a: '2', b: 1 }])).toEqual([{ a: 1 }, { a: 2 }])
    expect(schema.parse([])).toEqual([])
    expect(z.object({ list: schema.nullish() }).parse({ list: null })).toEqual({ list: null })
    expect(z.object({ list: schema.nullish() }).parse({})).toEqual({})
  })

  it.each([
    ['no list', { length: 1 }, '(root)', 'expected a list'],
    ['nothing', undefined, '(root)', 'expected a list'],
    ['too many', [1, 2, 3, 4], '(root)', 'expected at most 3 items, found 4'],
    ['a wrong item', [{ a: '1' }, { a: 2 }], '1.a', 'Invalid input: expected string, received number'],
    ['only the first wrong item', [1, 2, 3], '0', 'Invalid input: expected object, received number'],
  ])('refuses %s', (_name, value, path, message) => {
    const issues = schema.safeParse(value).error?.issues
    expect(issues?.map((issue) => [issue.path.join('.') || '(root)', issue.message])).toEqual([
      [path, message],
    ])
    const inObject = z.object({ list: schema }).safeParse({ list: value })
    expect(inObject.error?.issues).toHaveLength(1)
    expect(inObject.error?.issues[0]?.path[0]).toBe('list')
  })

  it('refuses an object without the list', () => {
    expect(z.object({ list: schema }).safeParse({}).error?.issues).toMatchObject([{ path: ['list'] }])
  })

  it('looks at no item of a list that is too long, and at none after a wrong one', () => {
    const seen = vi.fn(() => false)
    const item = z.unknown().refine(seen)
    expect(listOf(item, 5).safeParse(Array(6).fill(1)).success).toBe(false)
    expect(seen).not.toHaveBeenCalled()
    expect(listOf(item, 5).safeParse(Array(5).fill(1)).success).toBe(false)
    expect(seen).toHaveBeenCalledOnce()
  })
})

describe('entriesOf', () => {
  const value = vi.fn((text: unknown) => typeof text === 'string')
  const schema = entriesOf(
    z.string().regex(/^[a-z]+$/),
    z.unknown().refine(value, 'expected text').transform(String),
    3,
  )

  it('gives the entries in their order', () => {
    expect(schema.parse({ b: 'x', a: 'y' })).toEqual([
      ['b', 'x'],
      ['a', 'y'],
    ])
    expect(schema.parse({})).toEqual([])
  })

  it.each<[string, unknown, string]>([
    ['no object', 'text', 'expected an object'],
    ['nothing', null, 'expected an object'],
    ['a list', [['a', 'b']], 'expected an object'],
    ['too many', { a: '1', b: '2', c: '3', d: '4' }, 'expected at most 3 items, found 4'],
    ['a wrong value', { a: '1', b: 2 }, 'b: expected text'],
    ['a name of any length, told in short', { ['X'.repeat(10_000)]: '1' }, `${'X'.repeat(80)}: Invalid`],
  ])('refuses %s', (_name, given, message) => {
    const issues = schema.safeParse(given).error?.issues ?? []
    expect(issues).toHaveLength(1)
    expect(issues[0]?.message.startsWith(message)).toBe(true)
    expect(issues[0]?.message.length).toBeLessThan(200)
  })

  it('looks at nothing when there are too many, and stops at the first wrong one', () => {
    value.mockClear()
    schema.safeParse(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`a${at}`, 1])))
    expect(value).not.toHaveBeenCalled()
    schema.safeParse({ a: 1, b: 2, c: 3 })
    expect(value).toHaveBeenCalledTimes(1)
  })
})
