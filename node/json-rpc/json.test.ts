import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonDepthMax, parseAnswerJson, parseJson } from './json.ts'

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)

describe('parseJson', () => {
  it('gives what the text says', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['brackets in strings', JSON.stringify({ '[[[': '[{'.repeat(10_000) })],
    ['quotes and escapes in strings', JSON.stringify(['\\"[', '[\\\\', '"]', '\\\\"'.repeat(1_000)])],
    ['many lists beside each other', `[${'[[]],'.repeat(10_000)}[]]`],
    ['the deepest that is allowed', nested(jsonDepthMax)],
  ])('takes %s', (_name, text) => expect(parseJson(text)).toEqual(JSON.parse(text)))

  it.each([
    ['one level too deep', nested(jsonDepthMax + 1)],
    ['objects', `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`],
    ['after a string with a quote', `["\\"",${nested(600)}]`],
    ['unfinished', '['],
    ['an unfinished string', '["abc\\"'],
    ['nothing', ''],
  ])('gives undefined for %s', (_name, text) => expect(parseJson(text)).toBeUndefined())

  it.each([
    ['[1,2,3]', 3],
    ['[[],[]]', 4],
    ['{"a":"x,[{,","b":[]}', 3],
  ])('counts the lists, objects and further items of %s as %i', (text, values) => {
    // Only what is long is looked at.
    const long = text + ' '.repeat(jsonDepthMax)
    expect(parseJson(long, values)).toEqual(JSON.parse(text))
    expect(parseJson(long, values - 1)).toBeUndefined()
  })

  it('refuses a million brackets after the first few', () => {
    const text = nested(2_500_000)
    const { user } = process.cpuUsage()
    expect(parseJson(text)).toBeUndefined()
    expect(process.cpuUsage().user - user).toBeLessThan(20_000)
  })
})

describe('parseAnswerJson', () => {
  const listOf = (item: string, count: number) => `[${Array(count).fill(item).join()}]`
  const receipt = JSON.stringify({ type: '0x2', logs: [], status: '0x1', logsBloom: `0x${'00'.repeat(256)}` })

  it.each([
    ['any short answer', listOf('1', 9_000)],
    ['receipts without logs', listOf(receipt, 5_000)],
    ['hashes', listOf(`"0x${'ab'.repeat(32)}"`, 60_000)],
  ])('takes %s', (_name, text) => expect(parseAnswerJson(text)).toEqual(JSON.parse(text)))

  it.each([
    ['empty objects', listOf('{}', 300_000)],
    ['empty lists in lists', listOf('[[],[]]', 100_000)],
    ['numbers', listOf('1', 300_000)],
  ])('gives undefined for nothing but %s', (_name, text) => expect(parseAnswerJson(text)).toBeUndefined())
})
