import { createListeners } from '../../concurrency/listeners.ts'
import { createFakeEngineClient, l2Block, l2Genesis } from '../../derivation/testing/fake-engine-client.ts'
import type { FollowTarget } from '../../engine/engine-client.ts'
import { createTestChain } from '../../engine/testing/test-chain.ts'
import type { L1ChainChange } from '../../l1/l1-chain-view.ts'
import type { ChainIdentity } from '../../ports/follow-source.ts'
import { createCountingMetrics } from '../../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../../ports/testing/fake-random.ts'
import { createSilentLogger } from '../../ports/testing/silent-logger.ts'
import { type L1BlockRef, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../protocol/refs.ts'
import type { SyncStatus } from '../../protocol/sync-status.ts'
import { createDelegatedDerivation } from '../delegated.ts'

export const pollIntervalMs = 1_000
export const timeoutMs = 2_000

/**
 * A follower on an L1 of 20 blocks, the last of which is of 40 s; the source's chain has one L2 block per L1 block.
 * @param timeMs when it is made: L1 does not lag unless it is later.
 */
export function createFollowRig(timeMs = 39_999) {
  const l1 = createFakeL1()
  l1.mine(20)
  const genesis = l2Genesis(l1.at(0n), 0n)
  const chain: L2BlockRef[] = [genesis]
  for (let number = 1n; number <= 20n; number++)
    chain.push(l2Block(chain.at(-1) as L2BlockRef, number * 2n, l1.at(number)))
  const made = createTestChain(l1.at(0n), { blockTime: 2n }).config
  const config = { ...made, genesis: { ...made.genesis, l1: l1.at(0n), l2: genesis } }
  const chainChanges = createListeners<L1ChainChange>()
  const identity: ChainIdentity = {
    l1ChainId: 900n,
    l2ChainId: 901n,
    l1GenesisHash: l1.at(0n).hash,
    l2GenesisHash: genesis.hash,
  }
  const status = (currentL1: L1BlockRef, localSafe: number, safe = localSafe, finalized = 0): SyncStatus => ({
    currentL1,
    currentL1Finalized: zeroL1BlockRef,
    headL1: l1.head,
    safeL1: zeroL1BlockRef,
    finalizedL1: zeroL1BlockRef,
    unsafeL2: zeroL2BlockRef,
    crossUnsafeL2: zeroL2BlockRef,
    pendingSafeL2: zeroL2BlockRef,
    localSafeL2: chain[localSafe] as L2BlockRef,
    safeL2: chain[safe] as L2BlockRef,
    finalizedL2: chain[finalized] as L2BlockRef,
  })
  const source = {
    answer: async (_signal: AbortSignal): Promise<SyncStatus> => status(l1.at(10n), 9),
    identity: async (): Promise<Partial<ChainIdentity>> => identity,
    asked: 0,
    identityAsked: 0,
    syncStatus(signal: AbortSignal) {
      source.asked++
      return source.answer(signal)
    },
    chainIdentity() {
      source.identityAsked++
      return source.identity()
    },
  }
  const clock = createFakeClock(timeMs)
  const engine = createFakeEngineClient(genesis, () => l1.at(0n))
  const counting = createCountingMetrics()
  const logger = createSilentLogger()
  const derivation = createDelegatedDerivation({
    config,
    follow: { sourceUrl: 'http://user:secret@source:9545/key', pollIntervalMs, timeoutMs },
    source,
    l1,
    watcher: {
      get heads() {
        return { latest: l1.head, safe: zeroL1BlockRef, finalized: zeroL1BlockRef }
      },
      onChainChange: chainChanges.add,
    },
    engine,
    clock,
    random: createFakeRandom(128),
    logger,
    metrics: counting.metrics,
  })
  const stop = new AbortController()
  const ended: { error?: unknown; done: boolean } = { done: false }
  const start = async () => {
    derivation.run(stop.signal).then(
      () => Object.assign(ended, { done: true }),
      (error: unknown) => Object.assign(ended, { done: true, error }),
    )
    await clock.settle()
  }
  return {
    l1,
    chain,
    source,
    clock,
    engine,
    derivation,
    logger,
    start,
    stop,
    ended,
    status,
    identity,
    count: (result: string) => counting.value('follow_source_requests_total', { result }),
    value: counting.value,
    /** Lets time pass until the source was asked once more. */
    async tick() {
      const { asked } = source
      for (let waitedMs = 0; source.asked === asked; waitedMs += 10) {
        if (waitedMs > 10_000) throw new Error('the source was not asked for 10 s')
        await clock.advance(10)
      }
      await clock.settle()
    },
    /** Reorgs L1 and lets the watcher tell, with the blocks that are gone. */
    reorg(from: bigint, length: number) {
      const removed: L1BlockRef[] = []
      for (let number = from; number <= l1.head.number; number++) removed.push(l1.at(number))
      const head = l1.reorg(from, length)
      chainChanges.emit({ head, added: [head], removed, restarted: false })
    },
  }
}

/** The numbers of the local-safe blocks that targets name. */
export const localSafes = (targets: readonly FollowTarget[]) =>
  targets.map((target) => target.localSafe.number)

export type FollowRig = ReturnType<typeof createFollowRig>
