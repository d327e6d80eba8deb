import { describe, expect, it } from 'vitest'
import { type JsonRpcClient, requestEach } from '../../../node/json-rpc/client.ts'
import { JsonRpcError, JsonRpcTransportError } from '../../../node/json-rpc/errors.ts'
import type { Fact } from '../../events/event.ts'
import { createVirtualClock } from '../../world/sim/virtual-clock.ts'
import { recordEndpoints } from './recorder.ts'

type Answer = (method: string, params: readonly unknown[], call: number) => unknown

function endpoint(name: string, answer: Answer) {
  let calls = 0
  const request: JsonRpcClient['request'] = async (method, params) => answer(method, params, calls++)
  const requestAll: JsonRpcClient['requestAll'] = (all, signal) => requestEach(request, all, signal)
  return { name, rpc: { request, requestAll }, calls: () => calls }
}

const hash = (chain: string, number: number) => `0x${chain.repeat(2)}${number.toString(16).padStart(62, '0')}`
const header = (chain: string, number: number, parent = chain) => ({
  ...{ number: `0x${number.toString(16)}`, hash: hash(chain, number), timestamp: '0x1' },
  parentHash: hash(parent, number - 1),
})
const zero = { hash: hash('0', 0), number: 0, parentHash: hash('0', 0), timestamp: 0 }
const l2 = (number: number) => ({
  ...{ hash: hash('b', number), number, parentHash: hash('b', Math.max(0, number - 1)), timestamp: number },
  ...{ l1origin: { hash: hash('a', 1), number: 1 }, sequenceNumber: 0 },
})
const status = (number: number) => ({
  ...{ current_l1: zero, head_l1: zero, safe_l1: zero, finalized_l1: zero },
  ...{ unsafe_l2: l2(number), safe_l2: l2(1), finalized_l2: { ...l2(0), hash: zero.hash } },
})
const down = () => {
  throw new JsonRpcTransportError('refused')
}

/** Records for so many seconds of virtual time. */
async function record(parts: { cl?: Answer; el?: Answer; l1?: Answer }, seconds: number) {
  const clock = createVirtualClock({ startMs: 0 })
  const facts: (Fact & { t: number })[] = []
  const stop = new AbortController()
  const cl = endpoint('a', parts.cl ?? down)
  const el = endpoint('a-el', parts.el ?? down)
  const l1 = endpoint('l1', parts.l1 ?? down)
  const done = recordEndpoints({
    ...{ runId: 'r', cls: parts.cl ? [cl] : [], els: parts.el ? [el] : [], l1: parts.l1 ? l1 : null },
    ...{ follows: {}, l1BlockTime: 12, l2BlockTime: 2, clock, signal: stop.signal },
    record: (fact) => void facts.push({ ...fact, t: clock.nowMs() }),
  })
  const ended = clock.sleep(seconds * 1000).then(() => {
    stop.abort(new Error('stopped'))
    return done
  })
  await clock.runUntil(ended)
  await ended
  return { facts, calls: { cl: cl.calls(), el: el.calls(), l1: l1.calls() } }
}
const of = <K extends Fact['kind']>(facts: readonly Fact[], kind: K) =>
  facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind)

describe('a recorder', () => {
  it('records heads when they move, with origin and parent, and polls at a quarter of a block', async () => {
    let asked = 0
    const { facts } = await record(
      {
        cl(method) {
          if (method !== 'optimism_syncStatus') throw new JsonRpcError(-32601, 'no such method')
          return status(2 + Math.floor(asked++ / 4))
        },
      },
      10,
    )
    expect(asked).toBe(20)
    const unsafe = of(facts, 'head').filter(({ level }) => level === 'unsafe')
    expect(unsafe.map(({ block }) => block.number)).toEqual([2, 3, 4, 5, 6])
    expect(unsafe[0]).toMatchObject({ block: { parent: hash('b', 1) }, origin: { number: 1 } })
    expect(of(facts, 'note').map(({ message }) => message)).toContainEqual(
      expect.stringContaining('does not offer opp2p_peers'),
    )
    expect(of(facts, 'end')).toHaveLength(1)
  })

  it.each<[string, Answer]>([
    ['refuses', down],
    ['answers null', () => null],
    ['answers something else', () => ({ current_l1: 'soon' })],
    [
      'answers an error',
      () => {
        throw new JsonRpcError(-32000, 'resetting')
      },
    ],
  ])(
    'an endpoint that %s is a gap, asked less and less often, and recorded when it is back',
    async (_, bad) => {
      const { facts, calls } = await record(
        { cl: (method, params, call) => (call < 6 ? bad(method, params, call) : status(7)) },
        20,
      )
      const [gap] = of(facts, 'gap')
      expect(gap).toMatchObject({ component: 'a', from: 0 })
      expect(of(facts, 'head')[0]).toMatchObject({ block: { number: 7 } })
      expect(calls.cl).toBeLessThan(40)
      expect(of(facts, 'rpc')).toHaveLength(1)
    },
  )

  it('a rate limit is obeyed', async () => {
    const limit: Answer = () => {
      throw new JsonRpcTransportError('slower', { status: 429, retryAfterMs: 30_000 })
    }
    const { calls } = await record({ cl: limit }, 25)
    expect(calls.cl).toBe(1)
  })

  it('an engine without labels, of which one is told as an error, is recorded by what it has', async () => {
    const { facts } = await record(
      {
        el(method, [label], call) {
          if (method === 'eth_syncing') return call < 20 ? { currentBlock: `0x${call}` } : false
          if (method === 'net_peerCount') throw new JsonRpcError(-32601, 'no')
          if (label === 'safe') throw new JsonRpcError(-32000, 'safe block not found')
          return label === 'latest' ? header('e', 5) : null
        },
      },
      5,
    )
    expect(of(facts, 'head').map(({ level }) => level)).toEqual(['unsafe'])
    expect(of(facts, 'rpc').map(({ methods, response }) => [methods[0], response === false])).toEqual([
      ['eth_syncing', false],
      ['eth_syncing', true],
    ])
  })

  it('keeps orphans of L1, and takes an endpoint that falls behind for no reorg', async () => {
    /** Heads in turn: 10, 12 (11 was never a head), back to 11, another 12 on 11. */
    const heads = [header('a', 10), header('a', 12), header('a', 11), header('c', 12, 'a'), header('c', 13)]
    let polls = -1
    const { facts } = await record(
      {
        l1(method, [at]) {
          if (method === 'eth_getBlockByHash') {
            const chain = String(at).slice(2, 3)
            const number = Number.parseInt(String(at).slice(4), 16)
            return number < 9 ? null : header(chain, number, number === 12 ? 'a' : chain)
          }
          if (at !== 'latest') return null
          polls++
          return heads[Math.min(polls, heads.length - 1)]
        },
      },
      8,
    )
    expect(of(facts, 'l1-block').map(({ block }) => block.hash)).toEqual([
      ...[9, 10, 11, 12].map((number) => hash('a', number)),
      ...[12, 13].map((number) => hash('c', number)),
    ])
    expect(of(facts, 'l1-reorg')).toMatchObject([
      { orphaned: [{ hash: hash('a', 12) }], replaced: [{ number: 12 }] },
    ])
  })
})
