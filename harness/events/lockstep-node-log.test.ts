import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createPinoLogger } from '../../node/adapters/logs/pino-logger.ts'
import type { EngineFollowed } from '../../node/engine/engine-client.ts'
import { createFollowRecord } from '../../node/follow/record.ts'
import type { Gossip } from '../../node/ports/gossip.ts'
import type { Logger } from '../../node/ports/logger.ts'
import { createCountingMetrics } from '../../node/ports/testing/counting-metrics.ts'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { createBlockPublisher } from '../../node/sequencer/block-publisher.ts'
import type { Fact } from './event.ts'
import { knownMessages, lockstepNodeFacts } from './lockstep-node-log.ts'
import { readLogLine } from './log-line.ts'

/** What is read out of the log of a node that does that, in both formats. */
async function factsOf(
  use: (logger: Logger) => unknown,
  nameOf?: (peerId: string) => string,
): Promise<readonly Fact[]> {
  const both = []
  for (const format of ['text', 'json'] as const) {
    const lines: string[] = []
    await use(createPinoLogger({ level: 'info', format, colour: false, write: (line) => lines.push(line) }))
    both.push(
      lines.flatMap((line) => {
        const read = readLogLine(line)
        return read === null ? [] : lockstepNodeFacts('follower', read, nameOf)
      }),
    )
  }
  expect(both[0]).toEqual(both[1])
  return both[0]!
}

const target = {
  currentL1: zeroL1BlockRef,
  localSafe: zeroL2BlockRef,
  safe: zeroL2BlockRef,
  finalized: zeroL2BlockRef,
}
const marks = async (use: (logger: Logger) => unknown) =>
  (await factsOf(use)).map((fact) => (fact.kind === 'reach' ? fact.mark : fact.kind))

describe('lockstepNodeFacts', () => {
  it('reads the follow cases and results that the node records', async () => {
    const reached = await marks((logger) => {
      const record = createFollowRecord({
        sourceUrl: 'http://127.0.0.1:1',
        clock: createFakeClock(),
        logger,
        metrics: createCountingMetrics().metrics,
      })
      const applied = (followCase: EngineFollowed['followCase']) => record.applied({ target, followCase })
      applied('ahead')
      applied('consolidated')
      applied('consolidated')
      record.failed('dropped_not_canonical', 'L1 has another')
      record.failed('dropped_not_canonical', 'L1 has another')
      record.failed('dropped_replay', 'replays')
      applied('reorged')
      record.syncing(target)
      record.pause(true)
    })
    expect(reached).toEqual([
      ...['follow case 1', 'follow case 3', 'dropped_not_canonical', 'dropped_replay'],
      ...['follow case 4', 'follow case 2a', 'error_identity'],
    ])
  })

  it('reads why heads were reset', async () => {
    const reasons = [
      'start',
      'L1 reorg orphaned what a head stands on: expected 1, own L1 has 2',
      'admin_x',
      '?',
    ]
    expect(
      await marks((logger) => {
        for (const reason of reasons) logger.info('engine reset', { actor: 'engine', reason })
      }),
    ).toEqual(['reset at start', 'reset by L1 reorg', 'reset by admin'])
  })

  it.each([
    ['published', 'publish'],
    ['withheld', 'withhold'],
  ] as const)('reads a block that was %s', async (outcome, action) => {
    const gossip = { publish: async () => outcome } as Partial<Gossip> as Gossip
    const payload = { blockNumber: 7n, blockHash: '0xab' }
    expect(
      await factsOf(async (logger) => {
        createBlockPublisher(gossip, logger, createCountingMetrics().metrics).publish({ payload } as never)
        await new Promise((resolve) => setImmediate(resolve))
      }),
    ).toEqual([{ kind: 'gossip', node: 'follower', action, block: { number: 7, hash: '0xab' } }])
  })

  it('reads a message that was refused, and who sent it', async () => {
    const refused = { peer: 'p', verdict: 'reject', reason: 'bad_signature', detail: 'x' }
    const refuse = (logger: Logger) => logger.info('gossip message refused', refused)
    const fact = { kind: 'gossip', node: 'follower', action: 'reject', reason: 'bad_signature' }
    expect(await factsOf(refuse)).toEqual([{ ...fact, peer: 'p' }])
    expect(await factsOf(refuse, (peer) => `node ${peer}`)).toEqual([{ ...fact, peer: 'node p' }])
  })

  it('knows no message that the node does not log any more', () => {
    const root = fileURLToPath(new URL('../../node', import.meta.url))
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(root, name), 'utf8'))
      .join('\n')
    for (const message of knownMessages) expect(sources, message).toContain(`'${message}'`)
  })
})
