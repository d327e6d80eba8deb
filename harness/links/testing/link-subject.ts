import { afterEach, beforeEach } from 'vitest'
import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../../node/json-rpc/http-server.ts'
import { createFakeClock, type FakeClock } from '../../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../../events/event.ts'
import type { Fault } from '../../faults/fault.ts'
import type { InstalledFault } from '../../faults/fault-point.ts'
import { testFaultContext } from '../../faults/testing/fault-context.ts'
import { type Link, startLink } from '../link.ts'

/** A link before a small provider, new for each test, and what a test does with it. */
export interface LinkSubject {
  readonly clock: FakeClock
  readonly facts: readonly Fact[]
  readonly link: Link
  /** Methods of the calls that reached the provider. */
  readonly calls: readonly string[]
  /** What the provider answers to `optimism_syncStatus`. */
  status: Record<string, unknown>
  post(body: unknown, signal?: AbortSignal): Promise<Response>
  /** The whole answer to one call. */
  ask(method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: unknown }>
  install(fault: Fault): Promise<InstalledFault>
}

export const hash = (digit: string) => `0x${digit.repeat(64)}`
export const l2 = (number: number, digit: string) => ({
  ...{ number, hash: hash(digit), parentHash: hash('0'), timestamp: 1, sequenceNumber: 0 },
  l1origin: { hash: hash('1'), number: 1 },
})
export const rpc = (method: string, params: readonly unknown[] = [], id = 1) => ({
  ...{ jsonrpc: '2.0', id, method, params },
})

/** Call it at the top of a test file. */
export function useLink(): LinkSubject {
  let provider: JsonRpcServer
  let calls: string[] = []
  let [clock, facts]: [FakeClock, Fact[]] = [createFakeClock(), []]
  let link: Link
  const subject: LinkSubject = {
    get clock() {
      return clock
    },
    get facts() {
      return facts
    },
    get link() {
      return link
    },
    get calls() {
      return calls
    },
    status: {},
    post: (body, signal) =>
      fetch(link.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    ask: async (method, ...params) =>
      (await (await subject.post(rpc(method, params))).json()) as { result?: unknown; error?: unknown },
    install: (fault) => link.point.install(fault),
  }
  const answers: Readonly<Record<string, RpcHandler>> = {
    a_echo: (params) => params,
    a_count: () => calls.length,
    b_other: () => 'other',
    eth_getBlockByHash: ([at]) => (at === hash('f') ? null : { hash: at, number: '0x1' }),
    eth_getBlockByNumber: ([at]) => (at === 'latest' ? { hash: hash('d'), number: '0x7' } : null),
    engine_newPayloadV4: () => ({ status: 'VALID', latestValidHash: hash('a'), validationError: null }),
    engine_forkchoiceUpdatedV3: () => ({ payloadStatus: { status: 'VALID' }, payloadId: '0x01' }),
    optimism_syncStatus: () => subject.status,
    optimism_rollupConfig: () => ({ l2_chain_id: 901, genesis: { l2: { hash: hash('7'), number: 0 } } }),
  }
  beforeEach(async () => {
    clock = createFakeClock()
    facts = []
    calls = []
    subject.status = {
      current_l1: { hash: hash('c'), number: 3, parentHash: hash('b'), timestamp: 1 },
      unsafe_l2: l2(9, '9'),
      local_safe_l2: l2(5, '5'),
      safe_l2: l2(5, '5'),
      finalized_l2: l2(2, '2'),
    }
    provider = await startJsonRpcServer({
      host: '127.0.0.1',
      port: 0,
      methods: {
        get: (method) => (params) => {
          calls.push(method)
          return answers[method]?.(params)
        },
      },
    })
    link = await startLink({ name: 'a→b', target: provider.url, ...testFaultContext(clock, facts) })
  })
  afterEach(async () => {
    await link.close()
    await provider.close()
  })
  return subject
}
