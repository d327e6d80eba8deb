import { describe, expect, it } from 'vitest'
import { factSchema } from './event.ts'
import { parseTimelineLine } from './reader.ts'

const head = {
  ...{ seq: 7, t: 1.5, kind: 'head', node: 'a', level: 'unsafe' },
  ...{ block: { number: 3, hash: '0x3', parent: '0x2' }, origin: { number: 1, hash: '0x1' } },
}

describe('a line with a head', () => {
  it.each<{ name: string; line: object }>([
    { name: 'whole', line: head },
    {
      name: 'without origin and parent',
      line: { ...head, origin: undefined, block: { number: 0, hash: '' } },
    },
    { name: 'with a field more', line: { ...head, more: 1 } },
    { name: 'with a field more in its block', line: { ...head, block: { ...head.block, more: 1 } } },
    { name: 'with a parent of its origin', line: { ...head, origin: { ...head.origin, parent: '0x0' } } },
    { name: 'with an unknown level', line: { ...head, level: 'safest' } },
    { name: 'with a negative number', line: { ...head, block: { number: -1, hash: '0x' } } },
    { name: 'with half a number', line: { ...head, block: { number: 0.5, hash: '0x' } } },
    { name: 'with a number for a hash', line: { ...head, block: { number: 1, hash: 5 } } },
    { name: 'with a number for a node', line: { ...head, node: 5 } },
    { name: 'without a block', line: { ...head, block: null } },
    { name: 'with an origin that is none', line: { ...head, origin: [] } },
    { name: 'without a time', line: { ...head, t: 'now' } },
    { name: 'with half a sequence number', line: { ...head, seq: 0.5 } },
  ])('$name is what the schema says of it', ({ line }) => {
    const text = JSON.stringify(line)
    const json = JSON.parse(text) as { seq: number; t: number }
    const fact = factSchema.safeParse(json)
    const isEvent = fact.success && Number.isSafeInteger(json.seq) && typeof json.t === 'number'
    if (isEvent) expect(parseTimelineLine(text, 'x:1')).toEqual({ seq: json.seq, t: json.t, ...fact.data })
    else expect(() => parseTimelineLine(text, 'x:1')).toThrow('x:1: expected a timeline event')
  })
})
