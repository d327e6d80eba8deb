import { describe, expect, it } from 'vitest'
import { retryCall } from '../../concurrency/retry-call.ts'
import { childOf, createTestChain } from '../../engine/testing/test-chain.ts'
import type { L2Source } from '../../ports/l2-source.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../../ports/testing/fake-random.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import { type CallAgain, findPipelineStart } from './pipeline-start.ts'

const epochs = 140
const timeout = 100n
const { signal } = new AbortController()

/** 140 epochs of one block each, on an engine that `refuses` the calls it likes. */
function history(refuses: (call: number) => boolean = () => false) {
  const l1 = createFakeL1()
  l1.mine(epochs)
  const chain = createTestChain(l1.at(0n), { lastFork: 'fjord', blockTime: 2n })
  const config = { ...chain.config, channelTimeout: timeout }
  const blocks = [chain.genesis]
  for (let number = 1; number <= epochs; number++)
    blocks.push(childOf(config, blocks.at(-1)!, l1.at(BigInt(number))))
  let calls = 0
  const ask = async <T>(answer: T): Promise<T> => {
    if (refuses(++calls)) throw new Error('429')
    return answer
  }
  const l2: L2Source = {
    chainId: () => ask(901n),
    blockByLabel: () => ask(blocks.at(-1) ?? null),
    blockByNumber: (number) => ask(blocks[Number(number)] ?? null),
    blockByHash: (hash) => ask(blocks.find(({ payload }) => payload.blockHash === hash) ?? null),
    syncProgress: () => ask(null),
    storageRoot: () => Promise.reject(new Error('not asked here')),
  }
  const safeHead = l2BlockRefFromPayload(config, blocks.at(-1)!.payload)
  return { sources: { config, l1, l2 }, l1, safeHead, calls: () => calls }
}

describe('where the pipeline starts', () => {
  it('is a channel timeout before the origin of the safe head, one call for each epoch', async () => {
    const { sources, l1, safeHead, calls } = history()
    const start = await findPipelineStart(sources, safeHead, signal)
    expect(start?.origin).toEqual(l1.at(BigInt(epochs) - timeout))
    expect(calls()).toBe(Number(timeout) + 1)
  })

  it('is nowhere when L1 has another origin of the safe head', async () => {
    const { sources, l1, safeHead } = history()
    l1.reorg(BigInt(epochs), 1)
    expect(await findPipelineStart(sources, safeHead, signal)).toBeNull()
  })

  it('is found over an engine that refuses every third call, with few calls more', async () => {
    const { sources, l1, safeHead, calls } = history((call) => call % 3 === 0)
    const clock = createFakeClock()
    const retries = {
      clock,
      random: createFakeRandom(),
      attemptsMax: 6,
      backOff: { firstMs: 50, maxMs: 500 },
    }
    const again: CallAgain = (call, signal) => retryCall(call, { ...retries, signal })
    const finding = findPipelineStart({ ...sources, again }, safeHead, signal)
    await clock.advance(60_000)
    expect((await finding)?.origin).toEqual(l1.at(BigInt(epochs) - timeout))
    expect(calls()).toBeLessThan(Number(timeout) * 2)
  })

  it('fails with an engine that is away', async () => {
    const { sources, safeHead } = history(() => true)
    const clock = createFakeClock()
    const retries = {
      clock,
      random: createFakeRandom(),
      attemptsMax: 6,
      backOff: { firstMs: 50, maxMs: 500 },
    }
    const again: CallAgain = (call, signal) => retryCall(call, { ...retries, signal })
    const refused = expect(findPipelineStart({ ...sources, again }, safeHead, signal)).rejects.toThrow('429')
    await clock.advance(10_000)
    await refused
  })
})
