import { describe, expect, it } from 'vitest'
import { createJsonRpcClient } from './client.ts'
import { dispatchRpc, dispatchValue, type RpcHandler } from './dispatch.ts'
import { JsonRpcError } from './errors.ts'

const methods = new Map<string, RpcHandler>([
  ['echo', ([value]) => ({ value })],
  ['nothing', () => undefined],
  [
    'refuse',
    () => {
      throw new JsonRpcError(-38_002, 'no', { why: 'so' })
    },
  ],
  [
    'break',
    async () => {
      throw new Error('broken')
    },
  ],
])
const call = (method: unknown, params: unknown = [], id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})

describe('a message that was never text', () => {
  it.each([
    ['a call', call('echo', [{ a: [1, '2', null] }])],
    ['a call without a result', call('nothing')],
    ['a call that is refused', call('refuse')],
    ['a call that fails', call('break')],
    ['an unknown method', call('none')],
    ['no method', call(7)],
    ['named parameters', call('echo', { value: 1 })],
    ['a notification', { jsonrpc: '2.0', method: 'echo' }],
    ['a batch', [call('echo', [1]), call('refuse', [], 2), { jsonrpc: '2.0', method: 'echo' }]],
    ['a batch of notifications', [{ jsonrpc: '2.0', method: 'echo' }]],
    ['an empty batch', []],
    ['a batch that is too long', Array.from({ length: 4 }, (_, id) => call('echo', [], id))],
    ['no call at all', 'what'],
  ])('is answered like one that was: %s', async (_, message) => {
    const options = { methods, batchMax: 3 }
    const text = await dispatchRpc(JSON.stringify(message), options)
    expect(await dispatchValue(message, options)).toEqual(text === null ? null : JSON.parse(text))
  })

  it('reaches a client that a transport carries it for, error and all', async () => {
    const client = createJsonRpcClient({
      transport: {
        url: 'memory://here',
        send: () => Promise.reject(new Error('expected no text')),
        carry: async (message) => ({ status: 200, json: await dispatchValue(message, { methods }) }),
      },
    })
    expect(await client.request('echo', [1])).toEqual({ value: 1 })
    await expect(client.request('refuse', [])).rejects.toMatchObject({ code: -38_002, data: { why: 'so' } })
    expect(
      await client.requestAll([
        { method: 'echo', params: [1] },
        { method: 'echo', params: [2] },
      ]),
    ).toEqual([
      { status: 'fulfilled', value: { value: 1 } },
      { status: 'fulfilled', value: { value: 2 } },
    ])
  })
})
