import { expect, it } from 'vitest'
import { dispatchRpc, type RpcHandler } from './dispatch.ts'

const ask = '{"jsonrpc":"2.0","id":"a\\"b","method":"read","params":[]}'
const answered = (result: unknown, turn?: () => Promise<void>) =>
  dispatchRpc(ask, {
    methods: new Map<string, RpcHandler>([['read', () => result]]),
    ...(turn === undefined ? {} : { turn }),
  })

it.each([
  ['hex', `0x${'ab'.repeat(10_000)}`],
  ['with a quote at its end', `${'a'.repeat(10_000)}"`],
  ['with a line', `${'a'.repeat(5_000)}\n${'a'.repeat(5_000)}`],
  ['with half a character', `${'a'.repeat(10_000)}\ud800`],
  ['just too short to be long', 'a'.repeat(9_999)],
])('writes a text as JSON does: %s', async (_, text) => {
  expect(await answered(text)).toBe(JSON.stringify({ jsonrpc: '2.0', id: 'a"b', result: text }))
})

it('has a turn of its own for writing a long text, and none for a short one', async () => {
  const turns = async (text: string) => {
    let count = 0
    await answered(text, async () => void count++)
    return count
  }
  expect([await turns('a'), await turns('a'.repeat(10_000))]).toEqual([1, 2])
})
