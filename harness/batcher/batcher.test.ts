import { custom } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { createSyncKzg } from '../../node/adapters/kzg/sync-kzg.ts'
import { compressChannelSync } from '../../node/adapters/zlib/compress-channel.ts'
import { createVerifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { testRollupConfig } from '../../node/derivation/pipeline/testing/test-config.ts'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import { createFakeL1 } from '../../node/ports/testing/fake-l1.ts'
import { createSilentLogger } from '../../node/ports/testing/silent-logger.ts'
import { syncStatusToJson } from '../../node/protocol/sync-status-json.ts'
import { type Batcher, startBatcher } from './batcher.ts'
import { batcherDefaults } from './defaults.ts'
import { syncStatusOf } from './testing/sync-status.ts'

let batcher: Batcher | undefined
afterEach(() => batcher?.close())

/** A batcher that polls every second, of a sequencer with nothing but genesis; how often it asked within ten seconds. */
async function looksInTenSeconds(l1Blocks: number): Promise<number> {
  const l1 = createFakeL1({ genesisTime: 1000n })
  const rollup = testRollupConfig('jovian', { l1Genesis: l1.head, seqWindowSize: 5n })
  const verifier = createVerifier(rollup, l1)
  l1.mine(l1Blocks)
  const clock = createFakeClock()
  let looks = 0
  const rpc = (answer: (method: string) => unknown): JsonRpcClient => ({
    url: 'memory://test',
    request: async (method) => answer(method),
    requestAll: async (calls) =>
      calls.map(({ method }) => ({ status: 'fulfilled', value: answer(method) }) as const),
  })
  batcher = await startBatcher({
    ...batcherDefaults,
    ...{ rollup, clock, kzg: createSyncKzg(), compress: compressChannelSync, logger: createSilentLogger() },
    privateKey: `0x${'11'.repeat(32)}`,
    pollIntervalMs: 1_000,
    dataAvailability: () => 'calldata',
    l1: () => custom({ request: async ({ method }) => answerOf(method) }, { retryCount: 0 }),
    l2: rpc(() => null),
    node: rpc(() => {
      looks += 1
      return syncStatusToJson({ ...syncStatusOf(verifier, verifier.l2, l1), currentL1: l1.head })
    }),
  })

  function answerOf(method: string): unknown {
    if (method === 'eth_chainId') return `0x${rollup.l1ChainId.toString(16)}`
    if (method === 'eth_getTransactionCount') return '0x0'
    const { hash, number, timestamp } = l1.head
    return {
      hash,
      number: `0x${number.toString(16)}`,
      timestamp: `0x${timestamp.toString(16)}`,
      transactions: [],
    }
  }

  await clock.advance(9_999)
  return looks
}

describe('how often a batcher looks at the sequencer', () => {
  it('is once in a poll interval', async () => {
    expect(await looksInTenSeconds(4)).toBe(10)
  })

  it('is four times as often while the sequencing window of what follows the safe block ends', async () => {
    expect(await looksInTenSeconds(5)).toBe(40)
  })
})
