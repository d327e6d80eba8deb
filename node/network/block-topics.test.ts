import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { GossipTransport, MessageVerdict } from '../ports/gossip-transport.ts'
import type { Logger } from '../ports/logger.ts'
import { createCountingMetrics } from '../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { openGossipMessage } from '../protocol/gossip-message.ts'
import { createApplicationScores } from './application-score.ts'
import { recoverBlockSigner } from './block-signature.ts'
import { subscribeToBlocks } from './block-topics.ts'
import { createGossipBudget } from './gossip-budget.ts'
import { encodeSignedBlock } from './gossip-publish.ts'
import { blocksTopic } from './gossip-topics.ts'
import { createRefusalLog } from './refusal-log.ts'
import { createSeenBlocks } from './seen-blocks.ts'
import { createSignerGrace } from './signer-grace.ts'
import { testBlock, testRollupConfig } from './testing/blocks.ts'
import { signerAddress } from './testing/signer-address.ts'

const key: Hex = `0x${'01'.repeat(32)}`
const nowMs = 1_700_000_000_000

function setUp() {
  const clock = createFakeClock(nowMs)
  const rollup = testRollupConfig('isthmus')
  const handlers = new Map<string, (data: Uint8Array, from: string) => MessageVerdict>()
  const logged: [string, string, unknown][] = []
  const log = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void logged.push([level, message, fields?.['reason'] ?? fields?.['number']])
  const logger: Logger = {
    ...{ debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    child: () => logger,
  }
  const transport: Pick<GossipTransport, 'subscribe'> = {
    subscribe: (topic, handler) => void handlers.set(topic, handler),
  }
  subscribeToBlocks({
    transport: transport as GossipTransport,
    intake: { open: openGossipMessage },
    budget: createGossipBudget(2_000, () => false),
    noteRefusal: createRefusalLog(clock, logger),
    ...{ rollup, clock, logger, seen: createSeenBlocks(), onPayload: () => {} },
    signers: createSignerGrace(signerAddress(key), () => clock.nowMs()),
    recoverSigner: recoverBlockSigner,
    scores: createApplicationScores(2_000, () => clock.nowMs()),
    metrics: createCountingMetrics().metrics,
  })
  const send = (data: Uint8Array, version: 0 | 3 = 3) =>
    handlers.get(blocksTopic(rollup.l2ChainId, version))?.(data, 'peer')
  return { clock, rollup, logged, send }
}

describe('what the log tells of gossip', () => {
  it('names each block that is received', () => {
    const { rollup, logged, send } = setUp()
    const block = testBlock({ timestamp: BigInt(nowMs / 1000) })
    expect(send(encodeSignedBlock(block, rollup, key).data)).toBe('accept')
    expect(logged).toEqual([['info', 'block received', block.payload.blockNumber]])
  })

  it('tells of a refusal at once, and of its like every ten seconds, however many a peer sends', async () => {
    const { clock, logged, send } = setUp()
    const refused = (level: string, reason: string) => [level, 'gossip message refused', reason]
    for (let n = 0; n < 100; n++) expect(send(new Uint8Array([n]))).toBe('reject')
    await clock.advance(10_000)
    send(new Uint8Array([1]))
    const reason = String(logged[0]?.[2])
    expect(logged.filter(([level]) => level === 'info')).toEqual([
      refused('info', reason),
      refused('info', reason),
    ])
    expect(logged).toHaveLength(101)
  })
})
