import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/*
 * Every schema of the node and the engine has a maximum for what has a length. Types cannot say it and a walk of the
 * schemas cannot find those that nobody exports, so this reads the source: each rule below names what it refuses.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What the operator names, not what a stranger sends. */
const ownFiles = ['harness/el/execution/fixture.ts', 'harness/el/execution/genesis.ts']
const files = globSync('{node,harness/el}/**/*.ts', { cwd: root })
  .filter((path) => !/\.test\.ts$|\/testing\/|list-schema\.ts$/.test(path) && !ownFiles.includes(path))
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))
const sources = files.filter(({ text }) => text.includes("from 'zod'") || text.includes('list-schema.ts'))

/** Where the bracket that opens at `start` closes. Brackets in strings come in pairs in every schema here. */
function closing(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if ('([{'.includes(text[at]!)) depth++
    else if (')]}'.includes(text[at]!) && --depth === 0) return at
  }
  throw new Error(`expected a bracket to close, found none after ${text.slice(start, start + 80)}`)
}

/** The calls that are chained from the bracket at `start` on: the arguments of each, with its name in front. */
function chain(text: string, start: number): string[] {
  const end = closing(text, start) + 1
  const next = /^\s*\.(\w+)(?=\()/.exec(text.slice(end))
  if (next === null) return []
  const opens = end + next[0].length
  return [`${next[1]}${text.slice(opens, closing(text, opens) + 1)}`, ...chain(text, opens)]
}

/** A string with a maximum: by length, or by a pattern in which nothing repeats without an end. */
const isBounded = (calls: readonly string[]) =>
  calls.some(
    (call) =>
      /^(max|length)\(/.test(call) || (/^regex\(\s*\/\^.*\$\/[,)\s]/.test(call) && !/[*+]|,\}/.test(call)),
  )

function* stringsWithoutMaximum({ path, text }: { readonly path: string; readonly text: string }) {
  for (const { index, 0: found } of text.matchAll(/\bz\s*\.string\(/g)) {
    const calls = chain(text, index + found.length - 1)
    const line = text.slice(0, index).split('\n').length
    if (!isBounded(calls)) yield `${path}:${line} ${['z.string()', ...calls].join('.')}`
  }
}

const withoutMaximum = (source: { readonly path: string; readonly text: string }): string[] => [
  ...[
    ...source.text.matchAll(
      /\bz\s*\.(array|record|partialRecord(?=\((?!z\.enum))|looseRecord|map|set|any|lazy|json|url|email|hex)\(|\.rest\(/g,
    ),
  ].map(({ 0: found }) => `${source.path}: ${found}`),
  ...stringsWithoutMaximum(source),
]

it.each([
  ['z.array(z.int())', false],
  ['z.record(key, value)', false],
  ['z.string()', false],
  ["z.string('expected a string').min(1).nullish()", false],
  ['z\n  .string()\n  .regex(/^[a-z]*$/)', false],
  ['z.string().regex(/[a-z]/)', false],
  ['z.string().regex(/^[a-z]{3,}$/)', false],
  ["z.string('expected (any) string').min(1).max(100)", true],
  ['z.string().length(8)', true],
  ["z\n  .string()\n  .regex(/^0x[0-9a-f]{1,64}$/, 'expected a quantity')\n  .transform(BigInt)", true],
  ['listOf(z.string().max(3), 5)', true],
])('knows whether %s has a maximum', (text, bounded) => {
  expect(withoutMaximum({ path: 'x.ts', text }).length === 0).toBe(bounded)
})

it('every schema for what comes from outside has a maximum for each list, object and string', () => {
  expect(sources.length).toBeGreaterThan(25)
  expect(sources.flatMap(withoutMaximum)).toEqual([])
})

it('the maximum of every list is a number, and these are they', () => {
  const lists = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<!function )\b(listOf|entriesOf)\(/g)].map(({ index, 0: found }) => {
      const opens = index + found.length - 1
      const [max = ''] = /[^,]*$/.exec(text.slice(opens + 1, closing(text, opens)).replace(/,\s*$/, '')) ?? []
      return `${path} ${max.trim()} = ${numberOf(max.trim(), text)}`
    }),
  )
  expect(lists.filter((list) => !/ = \d+$/.test(list))).toEqual([])
  expect(lists).toMatchInlineSnapshot(`
    [
      "harness/el/rpc/params.ts 10_000 = 10000",
      "harness/el/rpc/params.ts 10_000 = 10000",
      "harness/el/rpc/params.ts 10_000 = 10000",
      "harness/el/rpc/params.ts 1_000 = 1000",
      "harness/el/rpc/params.ts 1_000 = 1000",
      "harness/el/rpc/params.ts 1000 = 1000",
      "harness/el/rpc/params.ts 1000 = 1000",
      "harness/el/rpc/params.ts 4 = 4",
      "harness/el/rpc/params.ts 1024 = 1024",
      "harness/el/rpc/params.ts percentilesMax = 1000",
      "harness/el/engine-api/engine-methods.ts 1024 = 1024",
      "harness/el/engine-api/engine-methods.ts 1024 = 1024",
      "harness/el/engine-api/engine-methods.ts 1024 = 1024",
      "harness/el/engine-api/payload-bodies.ts Number(bodiesMax) = 1024",
      "node/protocol/payload-json.ts transactionsMax = 1048576",
      "node/protocol/payload-json.ts withdrawalsMax = 16",
      "node/protocol/upgrade-bundle.ts transactionsMax = 256",
      "node/adapters/l1/l1-roots.ts 4 = 4",
      "node/adapters/l1/l1-roots.ts logsMax = 1000000",
      "node/adapters/l1/l1-source.ts blockTransactionsMax = 65536",
      "node/adapters/l1/read-receipts.ts blockTransactionsMax = 65536",
      "node/adapters/l1/read-receipts.ts blockTransactionsMax = 65536",
      "node/adapters/l1/rpc-transaction.ts accessListMax = 262144",
      "node/adapters/l1/rpc-transaction.ts accessListMax = 262144",
      "node/adapters/l1/rpc-transaction.ts blobHashesMax = 4096",
      "node/adapters/l1/rpc-transaction.ts authorizationsMax = 32768",
      "node/adapters/l1/state-proof.ts 64 = 64",
      "node/adapters/l1/state-proof.ts 1 = 1",
      "node/adapters/engine/engine-api.ts 1000 = 1000",
      "node/adapters/engine/l2-source.ts listMax = 65536",
      "node/adapters/engine/l2-source.ts listMax = 65536",
      "node/adapters/beacon/beacon-client.ts blobsMax = 4096",
      "node/adapters/beacon/beacon-client.ts blobsMax = 4096",
    ]
  `)
})

/** What a number, or the constant of that name, comes to. */
function numberOf(expression: string, text: string): number {
  const [base = '', exponent] = expression.replaceAll('_', '').split(' ** ')
  if (/^\d+n?$/.test(base)) return Number.parseInt(base, 10) ** Number(exponent ?? 1)
  const name = /^(?:Number\()?(\w+)\)?$/.exec(base)?.[1]
  const value = [text, ...files.map((file) => file.text)]
    .map((source) => new RegExp(`const ${name} = ([\\w* ]+)$`, 'm').exec(source)?.[1])
    .find((found) => found !== undefined)
  return value === undefined ? Number.NaN : numberOf(value, text)
}
