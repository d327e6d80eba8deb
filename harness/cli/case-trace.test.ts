import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { compareTraces, createTrace } from './case-trace.ts'
import { replay } from './replay.ts'

const incident = fileURLToPath(new URL('../../fixtures/incidents/gossip-of-a-stranger.json', import.meta.url))

describe('two traces', () => {
  it.each([
    ['the same', ['a', 'b'], ['a', 'b'], true, 'the same trace: 2 lines'],
    ['parted by a line', ['a', 'b', 'c'], ['a', 'x', 'c'], false, 'line 2 (3 lines here, 3 there)'],
    ['parted where one ends', ['a'], ['a', 'b'], false, 'here   (it has ended)'],
  ])('are %s', (_, here, there, same, text) => {
    expect(compareTraces(here, there)).toEqual({ same, text: expect.stringContaining(text) })
  })

  it('are shown with what came before', () => {
    const { text } = compareTraces(['1', '2', '3', '4', '5'], ['1', '2', '3', '4', '6'])
    expect(text.split('\n').slice(1)).toEqual(
      ['both   2', 'both   3', 'both   4', 'here   5', 'there  6'].map((line) => `  ${line}`).concat(''),
    )
  })

  it('have a line for each event and each timer, in their order', () => {
    const trace = createTrace()
    trace.onStep({ atMs: 5, timer: 7, owner: 'follower' })
    trace.onEvent({ seq: 0, t: 5, kind: 'teardown' })
    expect(trace.lines()).toEqual([
      '{"t":5,"kind":"timer","owner":"follower","timer":7}',
      '{"seq":0,"t":5,"kind":"teardown"}',
    ])
  })
})

describe('a case that is replayed', () => {
  const files = () => {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-trace-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    return (name: string) => join(directory, name)
  }
  const said = () => {
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockReturnValue(true),
    )
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore()
    })
    return () => spies.flatMap((spy) => spy.mock.calls.map(([text]) => String(text))).join('')
  }

  it('is the same again, byte for byte, and another one is told from it', async () => {
    const text = said()
    const file = files()
    expect(await replay([incident, '--engine', 'model', '--trace', file('a')])).toBe(0)
    expect(await replay([incident, '--engine', 'model', '--against', file('a'), '--trace', file('b')])).toBe(
      0,
    )
    expect(text()).toMatch(/the same trace: \d{4,} lines/)
    expect(readFileSync(file('b'), 'utf8')).toBe(readFileSync(file('a'), 'utf8'))
    const other = { ...JSON.parse(readFileSync(incident, 'utf8')), seed: '2' }
    writeFileSync(file('other.json'), JSON.stringify(other))
    expect(await replay([file('other.json'), '--engine', 'model', '--against', file('a')])).toBe(1)
    expect(text()).toMatch(/the first difference is in line \d+ /)
  })

  it.each([
    ['--against', ['--against', '/nowhere/trace'], '--against: ENOENT'],
    ['--trace', ['--trace', '/nowhere/trace'], '--trace: ENOENT'],
    ['live', ['--world', 'live', '--trace', 'x'], 'expected no --world live'],
  ])('refuses what cannot be: %s', async (_, flags, expected) => {
    said()
    await expect(replay([incident, '--engine', 'model', ...flags])).rejects.toThrow(expected)
  })
})
