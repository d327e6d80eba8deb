import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Mutant } from './mutant.ts'
import { placeOf } from './reached.ts'
import { runGroup } from './run-group.ts'

const directory = await mkdtemp(join(tmpdir(), 'lockstep-reached-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

const text = `export const most: number = 5
export function judge(value: number | null): string {
  if (value === null) return 'nothing'
  if (value > most)
    return 'too much'
  return 'fine'
}
export function never(): string {
  return 'unused'
}
`
const hot = `export function add(a: number, b: number): number {
  return a + b
}
export function sum(count: number): number {
  let all = 0
  for (let index = 0; index < count; index++) all = add(all, index)
  return all
}
`
const mutantOf = (name: string, find: string, replace = '-'): Mutant => ({
  ...{ name, find, replace, rule: '', source: '', file: 'rules.ts', killers: [] },
})
const mutants = [
  mutantOf('constant', 'const most'),
  mutantOf('comparison', 'if (value > most)'),
  mutantOf('guard', 'if (value > most)', 'if (value > most && value < 0)'),
  mutantOf('inside', "return 'too much'"),
  mutantOf('unused', "return 'unused'"),
]

describe('where a mutant makes a difference', () => {
  it.each([
    ['an expression', 'value > most', 'value > 3', 'value > most)'],
    ['a guard that holds at other times', 'if (value > most)', 'if (value > 3)', 'if (value > most)'],
    [
      'a guard that holds less often',
      'if (value > most)',
      'if (value > most && value < 0)',
      "return 'too much'",
    ],
    ['a guard that is higher', 'if (value > most)', 'if (value > most + 1)', "return 'too much'"],
    ['a guard that is left out', "if (value === null) return 'nothing'", '', "return 'nothing'"],
    ['a guard of another', 'if (value === null)', 'if (value === null || value > 3)', 'if (value === null)'],
  ])('%s', (_, find, replace, beginning) => {
    expect(text.slice(placeOf({ find, replace }, text)).startsWith(beginning)).toBe(true)
  })
})

it('makes its difference where it says so', () => {
  const mutant = { find: 'if (value > most)', replace: 'if (value > 3)', at: "return 'too much'" }
  expect(text.slice(placeOf(mutant, text)).startsWith(mutant.at)).toBe(true)
})

describe('what a run came by', () => {
  it('are the blocks that ran since the last look, and what ran when a module was loaded', async () => {
    await writeFile(join(directory, 'rules.ts'), text)
    const program = `
      import { watchReached } from ${JSON.stringify(new URL('reached.ts', import.meta.url).href)}
      const reached = watchReached(${JSON.stringify(mutants)}, ${JSON.stringify(directory)})
      const { judge } = await import(${JSON.stringify(join(directory, 'rules.ts'))})
      const looks = [reached.take()]
      for (const value of [null, 3, 9]) {
        judge(value)
        looks.push(reached.take())
      }
      console.log(JSON.stringify(looks))`
    await writeFile(join(directory, 'look.mjs'), program)
    const { output } = await runGroup([join(directory, 'look.mjs')], {
      ...{ directory, limitMs: 60_000, signal: new AbortController().signal },
    })
    expect(JSON.parse(output)).toEqual([
      ['constant'],
      ['constant'],
      ['comparison', 'constant'],
      ['comparison', 'constant', 'guard', 'inside'],
    ])
  })

  it('are functions that V8 has compiled into their callers, too', async () => {
    await writeFile(join(directory, 'hot.ts'), hot)
    const mutant = { ...mutantOf('called', 'return a + b'), file: 'hot.ts' }
    const program = `
      import { watchReached } from ${JSON.stringify(new URL('reached.ts', import.meta.url).href)}
      const reached = watchReached(${JSON.stringify([mutant])}, ${JSON.stringify(directory)})
      const { sum } = await import(${JSON.stringify(join(directory, 'hot.ts'))})
      const looks = []
      for (let look = 0; look < 4; look++) {
        for (let calls = 0; calls < 2_000; calls++) sum(1_000)
        looks.push(reached.take())
      }
      console.log(JSON.stringify(looks))`
    await writeFile(join(directory, 'hot.mjs'), program)
    const { output } = await runGroup([join(directory, 'hot.mjs')], {
      ...{ directory, limitMs: 60_000, signal: new AbortController().signal },
    })
    expect(JSON.parse(output)).toEqual([['called'], ['called'], ['called'], ['called']])
  })
})
