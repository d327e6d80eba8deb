import { openLibp2pTransport } from '../../node/adapters/libp2p/libp2p-transport.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { encodeSignedBlock } from '../../node/network/gossip-publish.ts'
import { peerScoring } from '../../node/network/gossip-scoring.ts'
import { blocksTopic } from '../../node/network/gossip-topics.ts'
import { testBlock, testRollupConfig } from '../../node/network/testing/blocks.ts'
import { testP2pConfig } from '../../node/network/testing/p2p-config.ts'
import type { GossipTransport } from '../../node/ports/gossip-transport.ts'
import { snappyCompress } from '../../node/protocol/snappy.ts'
import { type Attack, commonBound, type Measured } from './attack.ts'
import { sequencerKey } from './victims/attack-chain.ts'
import type { GossipInfo } from './victims/gossip.ts'
import { startVictim } from './victims/victim.ts'

const clock = createSystemClock()
const random = createSystemRandom()
const topic = blocksTopic(901n, 3)
const arrivalMsMax = 10_000

/** A peer with a key of its own that says what it likes. The caller stops it. */
async function stranger(address: string, signal: AbortSignal): Promise<GossipTransport> {
  const peer = await openLibp2pTransport({
    ...{ listenHost: '127.0.0.1', listenPort: 0, privateKey: random.bytes(32), connectionsMax: 5 },
    gate: { refusesPeer: () => false, refusesIp: () => false },
    topics: [topic],
    // Its own ids cost it nothing.
    messageId: () => random.bytes(20),
    messageLengthMax: 10 * 2 ** 20,
    mesh: testP2pConfig().mesh,
    scoring: peerScoring('none', 2_000, () => 0),
    userAgent: 'stranger',
  })
  await peer.start()
  peer.subscribe(topic, () => 'ignore')
  await peer.dial(address, signal)
  await within(() => peer.subscribers(topic).length > 0)
  return peer
}

async function within(isSo: () => boolean): Promise<boolean> {
  const overMs = clock.nowMs() + arrivalMsMax
  while (!isSo() && clock.nowMs() < overMs) await clock.sleep(10)
  return isSo()
}

/** An attack on the network of a node: does a block of an honest peer, known before, still arrive afterwards? */
function gossipAttack(name: string, act: (address: string, signal: AbortSignal) => Promise<void>): Attack {
  const { wrongHeads: _, ...bound } = commonBound
  return {
    name,
    bound: { ...bound, lostBlocks: 0 },
    async run(signal) {
      await using victim = await startVictim<GossipInfo>('gossip', signal)
      const { address } = victim.info
      const honest = await stranger(address, signal)
      const publish = (number: bigint) => {
        const timestamp = BigInt(Math.floor(clock.nowMs() / 1000))
        const block = testBlock({ number, timestamp })
        return honest.publish(topic, encodeSignedBlock(block, testRollupConfig(), sequencerKey).data)
      }
      try {
        await publish(1n)
        await victim.begin()
        await act(address, signal)
        await publish(2n)
        await clock.sleep(500)
        const { received = 0, ...measured } = await victim.end()
        return { ...measured, lostBlocks: 2 - received } satisfies Measured
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
