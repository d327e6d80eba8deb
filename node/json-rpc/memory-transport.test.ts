import { describe, expect, it } from 'vitest'
import { createJsonRpcClient, type FinishedCall } from './client.ts'
import type { RpcHandler } from './dispatch.ts'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'
import { createMemoryTransport } from './memory-transport.ts'
import { method } from './method.ts'

function setup(methods: Record<string, RpcHandler>) {
  const calls: FinishedCall[] = []
  let nowMs = 0
  const client = createJsonRpcClient({
    transport: createMemoryTransport('node', { methods: new Map(Object.entries(methods)) }),
    onCall: (call) => calls.push(call),
    nowMs: () => (nowMs += 250),
  })
  return { calls, client }
}

describe('a client on a dispatcher in the same process', () => {
  it('gets results, and errors with their code and data, as through JSON', async () => {
    const { client, calls } = setup({
      echo: (params) => params,
      absent: () => undefined,
      refuse: () => {
        throw new JsonRpcError(3, 'execution reverted', '0x01')
      },
      big: () => 1n,
      none: method([], () => 'done'),
    })
    expect(await client.request('echo', [{ a: undefined, b: 1 }])).toEqual([{ b: 1 }])
    expect(await client.request('absent', [])).toBeNull()
    await expect(client.request('refuse', [])).rejects.toMatchObject({ code: 3, data: '0x01' })
    await expect(client.request('nope', [])).rejects.toMatchObject({ code: -32601 })
    await expect(client.request('none', [1])).rejects.toMatchObject({ code: -32602 })
    await expect(client.request('big', [])).rejects.toMatchObject({ code: -32603 })
    expect(client.url).toBe('memory://node')
    expect(calls.map(({ method, outcome, seconds }) => [method, outcome, seconds])).toEqual([
      ['echo', 'ok', 0.25],
      ['absent', 'ok', 0.25],
      ['refuse', 'rpc_3', 0.25],
      ['nope', 'rpc_-32601', 0.25],
      ['none', 'rpc_-32602', 0.25],
      ['big', 'rpc_-32603', 0.25],
    ])
  })

  it('throws the reason of a caller who gives up, before and during the call', async () => {
    const stop = new AbortController()
    const { client } = setup({ wait: () => stop.abort(new Error('no longer wanted')) })
    await expect(client.request('wait', [], stop.signal)).rejects.toThrow('no longer wanted')
    await expect(client.request('wait', [], stop.signal)).rejects.toThrow('no longer wanted')
  })

  it('says where a message got lost', async () => {
    const client = createJsonRpcClient({
      transport: { url: 'memory://gone', send: () => Promise.reject(new Error('the server is gone')) },
    })
    const error = await client.request('m', []).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(JsonRpcTransportError)
    expect(error).toMatchObject({ message: 'm at memory://gone: the server is gone' })
  })
})
