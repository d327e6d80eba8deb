import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { documentEvents } from './document.ts'
import { factSchema } from './event.ts'

const text = documentEvents()

it('docs/events.md is current: write it with `npm run docs`', () => {
  expect(readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')).toBe(text)
})

it('describes every kind', () => {
  for (const option of factSchema.options) {
    const kind = option.shape.kind.value
    expect(option.description, kind).toMatch(/\.$/)
    expect(text).toContain(`\n## ${kind}\n\n${option.description}\n`)
  }
})

it('tells shapes in words', () => {
  expect(text).toContain('| `heads`?')
  expect(text).toContain('{ unsafe, safe, finalized }')
  expect(text).toContain('{ unsafe: { number, hash, origin: block }')
  expect(text).toContain('list of block')
  expect(text).toContain('`publish`, `withhold`, `receive`, `accept`, `ignore`, `reject`')
  expect(text).not.toContain('undefined')
})
