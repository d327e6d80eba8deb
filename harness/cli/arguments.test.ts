import { describe, expect, it } from 'vitest'
import { checkArguments } from './arguments.ts'

const definition = {
  filter: { type: 'positional', required: false },
  json: { type: 'boolean' },
  topology: { type: 'string' },
} as const

describe('checkArguments', () => {
  it.each([
    { argv: [] },
    { argv: ['reorg', '--json'] },
    { argv: ['--topology', 'one', 'reorg'] },
    { argv: ['--topology=one'] },
  ])('accepts $argv', ({ argv }) => {
    expect(() => checkArguments(definition, argv)).not.toThrow()
  })

  it.each([
    { argv: ['--jsn'], error: 'unknown flag --jsn; did you mean --json?' },
    { argv: ['--topologie=x'], error: 'unknown flag --topologie; did you mean --topology?' },
    { argv: ['-json'], error: 'unknown flag -json; did you mean --json?' },
    { argv: ['--filter', 'x'], error: 'unknown flag --filter' },
    { argv: ['--topology'], error: '--topology: expected a value, found none' },
    { argv: ['--topology', '--json'], error: '--topology: expected a value, found --json' },
    { argv: ['a', 'b'], error: 'expected at most 1 argument, found "b"' },
  ])('refuses $argv', ({ argv, error }) => {
    expect(() => checkArguments(definition, argv)).toThrow(error)
  })

  it('keeps every value of a flag that stands more than once, also one with an equals sign', () => {
    const written = checkArguments(definition, ['a', '--topology', 'x=1', 'b', '--topology=y=2', '--json'], {
      positionalsMax: 3,
    })
    expect(written.positionals).toEqual(['a', 'b'])
    expect(written.all('topology')).toEqual(['x=1', 'y=2'])
    expect(written.all('json')).toEqual([])
  })
})
