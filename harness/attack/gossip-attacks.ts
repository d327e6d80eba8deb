import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { encodeSignedBlock } from '../../node/network/gossip-publish.ts'
import { testBlock, testRollupConfig } from '../../node/network/testing/blocks.ts'
import type { GossipTransport } from '../../node/ports/gossip-transport.ts'
import { snappyCompress } from '../../node/protocol/snappy.ts'
import { answerP99MsMax, probeAnswers } from './answer-probe.ts'
import { type Attack, commonBound, type Measured } from './attack.ts'
import { floodDiscovery } from './discovery-flood.ts'
import { controlFloods, controlPeer } from './gossip-control.ts'
import { newcomerMs, startCrowd } from './gossip-crowd.ts'
import { startSilence } from './gossip-silence.ts'
import { stranger, topic, within } from './gossip-stranger.ts'
import { sequencerKey } from './victims/attack-chain.ts'
import type { GossipInfo } from './victims/gossip.ts'
import { startVictim } from './victims/victim.ts'

const clock = createSystemClock()
const random = createSystemRandom()
/** Twice the time in which a peer that says nothing may stay. */
const newcomerMsMax = 60_000
/** So long connections that say nothing come before the newcomer does. */
const silenceMs = 5_000

/** A block of the honest peer must be there after that, when the attack is over. */
const arrivalMsMax = 2_000
/** A newcomer needs no place to become free, and so only its own time. */
const unhinderedMsMax = 10_000
/** Between two questions to the victim's process. */
const askPauseMs = 10

/**
 * An attack on the network of a node: is its process there for others meanwhile, and does a block of an honest peer, known
 * before, still arrive afterwards, and how late?
 */
function gossipAttack(
  name: string,
  act: (address: string, signal: AbortSignal, record: string) => Promise<Measured> | Promise<void>,
  ownBound: Measured = {},
): Attack {
  const { wrongHeads: _, ...bound } = commonBound
  return {
    name,
    bound: {
      ...{ ...bound, answerP99Ms: answerP99MsMax, arrivalMs: arrivalMsMax },
      ...{ lostPeers: 0, lostBlocks: 0, ...ownBound },
    },
    async run(signal) {
      await using victim = await startVictim<GossipInfo>('gossip', signal)
      const { address, record } = victim.info
      const honest = await stranger(address, signal)
      const publish = (number: bigint) => {
        const timestamp = BigInt(Math.floor(clock.nowMs() / 1000))
        const block = testBlock({ number, timestamp })
        return honest.publish(topic, encodeSignedBlock(block, testRollupConfig(), sequencerKey).data)
      }
      const arrived = (count: number) =>
        within(async () => ((await victim.end())['received'] ?? count) >= count)
      try {
        await publish(1n)
        if (!(await arrived(1))) throw new Error('expected a block to arrive before the attack, it did not')
        await victim.begin()
        const over = new AbortController()
        const asked = probeAnswers(() => victim.answeredAtMs(), {
          ...{ pid: victim.pid, over: over.signal, pauseMs: askPauseMs, atMs: (answeredMs) => answeredMs },
        })
        const own = await Promise.resolve(act(address, signal, record)).finally(() => over.abort())
        const answers = await asked
        const lostPeers = honest.connections().length === 0 ? 1 : 0
        const publishedMs = performance.now()
        await publish(2n)
        await arrived(2)
        const arrivalMs = Math.round(performance.now() - publishedMs)
        const { received = 0, ...measured } = await victim.end()
        return { ...measured, ...answers, lostPeers, lostBlocks: 2 - received, arrivalMs, ...(own ?? {}) }
      } finally {
        await honest.stop()
      }
    },
  }
}

/** As many identities, one after the other, each of which sends what it is given and goes. */
async function fresh(
  count: number,
  { address, signal }: { readonly address: string; readonly signal: AbortSignal },
  send: (peer: GossipTransport, index: number) => Promise<void>,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const peer = await stranger(address, signal)
    await send(peer, index)
    await clock.sleep(100)
    await peer.stop()
  }
}

export const gossipAttacks: readonly Attack[] = [
  gossipAttack('gossip: 45 snappy bombs of new identities', (address, signal) =>
    fresh(45, { address, signal }, (peer, index) =>
      peer.publish(topic, snappyCompress(new Uint8Array(10 * 2 ** 20).fill(index))),
    ),
  ),
  gossipAttack('gossip: 2000 messages of garbage of one peer', (address, signal) =>
    fresh(1, { address, signal }, async (peer) => {
      for (let index = 0; index < 2_000; index++) await peer.publish(topic, random.bytes(2_000))
    }),
  ),
  ...Object.entries(controlFloods).map(([name, control]) =>
    gossipAttack(`gossip: a flood of ${name}`, async (address, signal) => {
      const peer = await controlPeer(address, signal)
      for (let count = 0; count < 200; count++) {
        for (const message of control()) peer.send(message)
        await clock.sleep(5)
      }
      await peer.stop()
    }),
  ),
  gossipAttack('discv5: packets of 10 000 nodes that nobody knows, from 50 ports', (_, __, record) =>
    floodDiscovery(record),
  ),
  gossipAttack(
    'gossip: 30 identities take every place and come back, a newcomer',
    async (address, signal) => {
      const crowd = await startCrowd(address, 30)
      try {
        return { newcomerMs: await newcomerMs(address, signal, newcomerMsMax) }
      } finally {
        await crowd.stop()
      }
    },
    { newcomerMs: newcomerMsMax },
  ),
  gossipAttack(
    'gossip: connections that say nothing, hundreds a second, a newcomer',
    async (address, signal) => {
      await using silent = startSilence(address)
      await clock.sleep(silenceMs, signal)
      const tookMs = await newcomerMs(address, signal, newcomerMsMax)
      if (silent.begun < 1_000)
        throw new Error(`expected a thousand connections to be tried, found ${silent.begun}`)
      return { newcomerMs: tookMs, silent: silent.begun }
    },
    { newcomerMs: unhinderedMsMax },
  ),
  gossipAttack('gossip: 20 identities with 50 blocks of another signer each', (address, signal) =>
    fresh(20, { address, signal }, async (peer, index) => {
      for (let number = 0; number < 50; number++) {
        const timestamp = BigInt(Math.floor(clock.nowMs() / 1000))
        const block = testBlock({ number: BigInt(100 * index + number), timestamp })
        await peer.publish(topic, encodeSignedBlock(block, testRollupConfig(), `0x${'02'.repeat(32)}`).data)
      }
    }),
  ),
]
