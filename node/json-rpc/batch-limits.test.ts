import { describe, expect, it } from 'vitest'
import { batchBytesMax } from './answer-limits.ts'
import { dispatchRpc, type RpcDispatchOptions } from './dispatch.ts'

const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'slow', params: [] })
const batch = (count: number) => JSON.stringify(Array.from({ length: count }, (_, id) => call(id)))

async function answered(text: string, options: Omit<RpcDispatchOptions, 'methods'>, onCall = () => {}) {
  const methods = new Map([['slow', () => void onCall()]])
  return JSON.parse((await dispatchRpc(text, { methods, ...options })) ?? '[]')
}

describe('a batch', () => {
  it('has a time for all of its calls: those that would begin later are refused, each by its own answer', async () => {
    let nowMs = 0
    const onCall = () => {
      nowMs += 400
    }
    const answers = await answered(batch(5), { nowMs: () => nowMs, batchMsMax: 1_000 }, onCall)
    const late = { code: -32002, message: 'request timed out' }
    expect(answers).toMatchObject([
      ...[
        { id: 0, result: null },
        { id: 1, result: null },
        { id: 2, result: null },
      ],
      ...[
        { id: 3, error: late },
        { id: 4, error: late },
      ],
    ])
  })

  it('ends with the call that runs when nobody waits for its answers any more', async () => {
    const gone = new AbortController()
    let calls = 0
    await answered(batch(5), { signal: gone.signal }, () => {
      if (++calls === 2) gone.abort()
    })
    expect(calls).toBe(2)
  })

  it('tells how long its answers are while it is answered', async () => {
    const lengths: number[] = []
    const onAnswer = (length: number) => void lengths.push(length)
    await answered(batch(3), { onAnswer }, () => expect(lengths.length).toBeLessThan(3))
    const one = JSON.stringify({ jsonrpc: '2.0', id: 0, result: null }).length
    expect(lengths).toEqual([one, one, one])
  })
})

it('the answers to several calls may have what each may, and no more than any answer', () => {
  const small = { method: 'eth_chainId', params: [] }
  const long = { method: 'eth_getBlockReceipts', params: [] }
  expect(batchBytesMax([small, small])).toBe(2 * 64 * 1024)
  expect(batchBytesMax([long, long])).toBe(batchBytesMax([long]))
})
