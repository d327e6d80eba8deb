import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Carrier } from './fault.ts'
import { faultSamples } from './testing/samples.ts'
import { faults, vocabulary } from './vocabulary.ts'

/** Where the faults of each carrier are tried on one that is real. */
const triedIn: Readonly<Record<Carrier, readonly string[]>> = {
  request: ['../links/request-faults.test.ts', '../links/transport-faults.test.ts'],
  l1: ['../l1/views/l1-views.test.ts', '../l1/beacon-api.test.ts'],
  gossip: ['../links/peer-link.test.ts'],
  'el-peers': ['../links/peer-link.test.ts'],
  node: ['node-point.test.ts', '../../scenarios/devstack/faults-of-components.test.ts'],
  hostile: ['../hostile/hostile-peer.test.ts'],
}

/** The code of a test without its comments. */
function codeOf(path: string): string {
  const text = readFileSync(new URL(path, import.meta.url), 'utf8')
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

/** Whether the test makes that fault: by its name, or out of a table of names. */
function tries(code: string, word: string): boolean {
  return code.includes(`faults.${word}(`) || (code.includes('faults[kind]()') && code.includes(`['${word}',`))
}

const samples = [...faultSamples, faults.replaceResult((result) => result, 'nothing')]

it('tries each fault of the vocabulary on each carrier that it can stand on', () => {
  const words = Object.values(vocabulary).flatMap((entries) => entries.map(({ fault }) => fault))
  const untried = words.flatMap((word) => {
    const sample = samples.find(({ json }) => json.fault === word)
    if (sample === undefined) return [`${word}: there is no sample of it in testing/samples.ts`]
    return sample.carriers
      .filter((carrier) => !triedIn[carrier].some((path) => tries(codeOf(path), word)))
      .map((carrier) => `${word} on ${carrier}: expected a test of it in ${triedIn[carrier].join(' or ')}`)
  })
  expect(untried).toEqual([])
})

it.each([
  ['a call', 'await point.install(faults.hang())', 'hang', true],
  ['a longer name', 'faults.slowly(1)', 'slow', false],
  ['a name in a table of another kind', "['hang', 1]", 'hang', false],
  ['a name in a table that is tried', "[['hang', 1]].map(([kind]) => faults[kind]())", 'hang', true],
])('knows a trial when it sees one: %s', (_, code, word, found) => {
  expect(tries(code, word)).toBe(found)
})
