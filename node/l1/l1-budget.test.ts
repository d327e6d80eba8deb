import { describe, expect, it } from 'vitest'
import { createL1Source } from '../adapters/l1/l1-source.ts'
import { createFakeL1Rpc } from '../adapters/testing/fake-l1-rpc.ts'
import { JsonRpcError, JsonRpcTransportError } from '../json-rpc/errors.ts'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../ports/testing/fake-random.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { createL1Watcher } from './l1-watcher.ts'
import { withReadAhead } from './read-ahead-l1.ts'

const blockSeconds = 4
const servedPerSecond = 10

/** A node's watcher, and its derivation reading history, on an L1 that serves ten calls in any second. */
function world(options: { readonly callsPerSecond: number | null; readonly refusal: Error }) {
  const clock = createFakeClock(1_000_000)
  const l1 = createFakeL1({ blockTime: BigInt(blockSeconds) })
  const logger = createSilentLogger()
  l1.mine(2_000)
  l1.setLabel('finalized', 1_900n)
  let served: number[] = []
  let refused = 0
  const rpc = createFakeL1Rpc(l1, {
    intercept: () => {
      served = served.filter((atMs) => atMs > clock.nowMs() - 1000)
      if (served.length >= servedPerSecond) {
        refused++
        throw options.refusal
      }
      served.push(clock.nowMs())
      return undefined
    },
  })
  const { callsPerSecond } = options
  const source = createL1Source({
    rpc,
    clock,
    random: createFakeRandom(),
    logger,
    callsPerSecond,
    trustRpc: true,
  })
  const { metrics } = createCountingMetrics()
  const watcher = createL1Watcher({
    l1: source,
    pollIntervalMs: 500,
    clock,
    random: createFakeRandom(),
    logger,
    metrics,
  })
  const history = withReadAhead(source.withPriority('next'), {
    ahead: source.withPriority('ahead'),
    blocksAhead: 10,
    finalizedNumber: () => 1_900n,
  })
  let read = 0n
  async function readHistory(signal: AbortSignal) {
    while (!signal.aborted)
      try {
        const header = await history.headerByNumber(read + 1n, signal)
        if (header === null) throw new Error('expected a block of the history')
        await history.transactionsByHash(header.hash, signal)
        await history.receiptsByHash(header.hash, signal)
        read++
      } catch {
        signal.throwIfAborted()
        await clock.sleep(1_000, signal)
      }
  }
  const stop = new AbortController()
  const running = [watcher.run(stop.signal), readHistory(stop.signal)]
  return {
    clock,
    l1,
    watcher,
    logger,
    get read() {
      return read
    },
    get refused() {
      return refused
    },
    async stop() {
      stop.abort(new Error('the test is over'))
      await Promise.allSettled(running)
      expect(clock.sleeping).toBe(0)
    },
  }
}

describe('an L1 that serves ten calls a second', () => {
  it.each<[string, number | null, Error]>([
    ['the limit that was given', 10, new JsonRpcTransportError('HTTP 429', { status: 429 })],
    ['what 429 teaches', null, new JsonRpcTransportError('HTTP 429', { status: 429 })],
    [
      'what Retry-After says',
      null,
      new JsonRpcTransportError('HTTP 429', { status: 429, retryAfterMs: 1_000 }),
    ],
    ['what −32005 teaches', null, new JsonRpcError(-32005, 'limit exceeded')],
  ])(
    'moves the head with each block, and history by what is left: by %s',
    async (_, callsPerSecond, refusal) => {
      const node = world({ callsPerSecond, refusal })
      await node.clock.advance(10_000)
      const late: bigint[] = []
      const seconds = 120
      for (let block = 0; block < seconds / blockSeconds; block++) {
        node.l1.mine()
        await node.clock.advance(blockSeconds * 1000)
        const behind = node.l1.head.number - node.watcher.heads.latest.number
        if (behind > 0n) late.push(behind)
      }
      // While it learns, a pause may take a block's time; never more.
      expect(late.filter((behind) => behind > 1n)).toEqual([])
      expect(late.length).toBeLessThanOrEqual(callsPerSecond === null ? 1 : 0)
      // A block takes three calls, or four when its header is not remembered; the heads take about three a second.
      expect(node.read).toBeGreaterThan(seconds)
      if (callsPerSecond !== null) expect(node.refused).toBe(0)
      else
        expect(node.logger.lines.map(({ message }) => message)).toContain(
          'L1 refuses to be asked so often: asking less',
        )
      await node.stop()
    },
  )
})
