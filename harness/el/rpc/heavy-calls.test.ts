import type { Hex } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createHttpExchange } from '../../../node/json-rpc/http-exchange.ts'
import { createTestChain, startTestEl, type TestEl } from '../testing/test-el.ts'

let el: TestEl
beforeAll(async () => {
  el = await startTestEl(await createTestChain(), { calls: { timeoutMs: 1_000, gasMax: 10n ** 15n } })
})
afterAll(() => el.close())

/** JUMPDEST, PUSH1 0, JUMP. */
const loop: Hex = '0x5b600056'
/** Copies a megabyte of memory again and again: JUMPDEST, PUSH3 size, PUSH1 0, PUSH1 32, MCOPY, PUSH1 0, JUMP. */
const memoryBomb: Hex = '0x5b62100000600060205e600056'
const callee = `0x${'c0'.repeat(20)}` as const
const call = (code: Hex) => ['eth_call', [{ to: callee }, 'latest', { [callee]: { code } }]] as const
const blockNumber = ['eth_blockNumber', []] as const

it.each([
  ['a loop', loop, 1],
  // It has used up its gas before that.
  ['a memory bomb', memoryBomb, 0],
])('%s ends by its time, and everything else is answered meanwhile', async (_, code, least) => {
  const running = expect(el.rpc.request(...call(code))).rejects.toThrow(/execution aborted|out of gas/)
  let answered = 0
  let isOver = false
  const over = running.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await el.rpc.request(...blockNumber)
    answered++
  }
  await over
  expect(answered).toBeGreaterThan(least)
})

it('a batch of loops ends, and keeps no other client waiting', async () => {
  const calls = Array.from({ length: 4 }, () => ({ method: call(loop)[0], params: call(loop)[1] }))
  const batch = el.rpc.requestAll(calls)
  let answered = 0
  let isOver = false
  void batch.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await el.auth.request(...blockNumber)
    answered++
  }
  const outcomes = await batch
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  expect(answered).toBeGreaterThan(1)
}, 60_000)

it('a call ends when its client hangs up', async () => {
  await using slow = await startTestEl(await createTestChain(), {
    calls: { timeoutMs: 3_600_000, gasMax: 10n ** 15n },
  }).then((started) => Object.assign(started, { [Symbol.asyncDispose]: () => started.close() }))
  const hungUp = new AbortController()
  // More than run at a time: the last one begins only when the first have ended.
  const exchange = createHttpExchange(slow.httpUrl)
  const ask = (signal?: AbortSignal) =>
    exchange({
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, timeoutMs: 30_000 },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: call(loop)[0], params: call(loop)[1] }),
      ...{ bytesMax: 1_000_000, signal },
    })
  const gone = Array.from({ length: 4 }, () => expect(ask(hungUp.signal)).rejects.toThrow('enough'))
  await slow.rpc.request(...blockNumber)
  hungUp.abort(new Error('enough'))
  await Promise.all(gone)
  const quick = await slow.rpc.request('eth_call', [{ to: `0x${'c1'.repeat(20)}` }, 'latest'])
  expect(quick).toBe('0x')
}, 60_000)
