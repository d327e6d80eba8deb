import { defineCommand } from 'citty'
import { describe, expect, it } from 'vitest'
import { checkArguments, readArguments } from './arguments.ts'

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
    { argv: ['-'] },
    { argv: ['--topology', '-1'] },
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

describe('readArguments', () => {
  const command = defineCommand({
    meta: { name: 'try', description: 'Tries.' },
    args: {
      run: { type: 'positional' },
      filter: { type: 'positional', required: false },
      node: { type: 'string', required: true },
      out: { type: 'string', required: true },
      seed: { type: 'string', default: '1' },
    },
  })

  it.each([
    { argv: [], error: 'run, --node and --out are missing; see lockstep try --help' },
    { argv: ['x', '--out='], error: '--node and --out are missing; see lockstep try --help' },
    { argv: ['x', '--node', 'a'], error: '--out is missing; see lockstep try --help' },
  ])('names all that is missing of $argv', async ({ argv, error }) => {
    await expect(readArguments(command, argv)).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: error.replace('run', 'RUN') }),
    )
  })

  it('has what is there, a negative number too', async () => {
    const argv = ['x', '--node', 'a', '--out', 'b', '--seed', '-1']
    expect(await readArguments(command, argv)).toMatchObject({
      args: { run: 'x', node: 'a', out: 'b', seed: '-1' },
    })
  })
})
