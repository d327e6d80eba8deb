import { sha256 } from '@noble/hashes/sha2'
import type { Address, Hex } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { openLibp2pTransport } from '../../node/adapters/libp2p/libp2p-transport.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { recoverBlockSigner } from '../../node/network/block-signature.ts'
import { encodeSignedBlock } from '../../node/network/gossip-publish.ts'
import { peerScoring } from '../../node/network/gossip-scoring.ts'
import { blocksTopic, gossipVersions } from '../../node/network/gossip-topics.ts'
import { validateGossipMessage } from '../../node/network/gossip-validation.ts'
import { createSeenBlocks } from '../../node/network/seen-blocks.ts'
import { createSignerGrace } from '../../node/network/signer-grace.ts'
import { testBlock, testRollupConfig } from '../../node/network/testing/blocks.ts'
import { testP2pConfig } from '../../node/network/testing/p2p-config.ts'
import {
  gossipMessageId,
  gossipMessageLengthMax,
  openGossipMessage,
} from '../../node/protocol/gossip-message.ts'
import type { Fact } from '../events/event.ts'
import type { HostileEffect } from '../faults/effects.ts'
import { testFaultContext } from '../faults/testing/fault-context.ts'
import { faults } from '../faults/vocabulary.ts'
import { craftMessage } from './craft-message.ts'
import { startHostilePeer } from './hostile-peer.ts'

const sequencerKey: Hex = `0x${'5e'.repeat(32)}`
const sequencer = privateKeyToAddress(sequencerKey).toLowerCase() as Address
const config = testRollupConfig('isthmus')
const clock = createSystemClock()
const now = () => Math.floor(clock.nowMs() / 1000)

/** A node's judgement of messages, with a memory of its own. */
function createJudge() {
  const seen = createSeenBlocks()
  const signers = createSignerGrace(sequencer, () => clock.nowMs())
  return (version: 0 | 1 | 2 | 3, data: Uint8Array) => {
    const verdict = validateGossipMessage({
      ...{ version, data, open: openGossipMessage, config, nowSeconds: now(), signers, seen },
      recoverSigner: recoverBlockSigner,
    })
    return { verdict: verdict.verdict, reason: verdict.verdict === 'accept' ? '' : verdict.reason }
  }
}

const expected: readonly [HostileEffect['kind'], string, string][] = [
  ['badSignature', 'reject', 'wrong_signer'],
  ['wrongHash', 'reject', 'bad_block_hash'],
  ['oldBlock', 'reject', 'too_old'],
  ['futureBlock', 'reject', 'too_early'],
  ['duplicate', 'ignore', 'seen'],
  ['anotherChainBlock', 'reject', 'wrong_signer'],
  ['oversized', 'reject', 'malformed'],
]

describe('a crafted message', () => {
  it.each(expected)('%s is wrong in that way alone: %s, %s', (kind, verdict, reason) => {
    const block = testBlock({ timestamp: BigInt(now()) })
    const judge = createJudge()
    const honest = encodeSignedBlock(block, config, sequencerKey)
    expect(judge(honest.version, honest.data)).toEqual({ verdict: 'accept', reason: '' })
    const crafted = craftMessage(kind, block, { config, sequencerKey, nowSeconds: BigInt(now()) })
    expect(judge(crafted.version, crafted.data)).toEqual({ verdict, reason })
    // Otherwise gossip itself would take it for the honest message, and no node would judge it.
    const id = (data: Uint8Array) => Buffer.from(gossipMessageId('t', data)).toString('hex')
    expect(id(crafted.data)).not.toBe(id(honest.data))
  })
})

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A node that judges what it hears, as far as gossip goes. */
async function startNode(name: string) {
  const judge = createJudge()
  const heard: { verdict: string; reason: string }[] = []
  const transport = await openLibp2pTransport({
    listenHost: '127.0.0.1',
    listenPort: 0,
    privateKey: sha256(new TextEncoder().encode(name)),
    connectionsMax: 10,
    gate: { refusesPeer: () => false, refusesIp: () => false },
    topics: gossipVersions.map((version) => blocksTopic(config.l2ChainId, version)),
    messageId: gossipMessageId,
    messageLengthMax: gossipMessageLengthMax,
    mesh: testP2pConfig().mesh,
    scoring: peerScoring('none', 1_000, () => 0),
    userAgent: name,
  })
  await transport.start()
  for (const version of gossipVersions)
    transport.subscribe(blocksTopic(config.l2ChainId, version), (data) => {
      const verdict = judge(version, data)
      heard.push(verdict)
      return verdict.verdict
    })
  closers.push(() => transport.stop())
  return { transport, heard, address: transport.addresses()[0] as string }
}

const until = async (what: () => boolean) => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('a hostile peer', { timeout: 60_000 }, () => {
  it('answers each block that it hears with a wrong message, while a fault stands', async () => {
    const facts: Fact[] = []
    const [node, sequencer] = [await startNode('node'), await startNode('sequencer')]
    const hostile = await startHostilePeer({
      ...testFaultContext(clock, facts),
      ...{ name: 'hostile', config, sequencerKey, openTransport: openLibp2pTransport },
      addresses: [node.address, sequencer.address],
    })
    closers.push(() => hostile.stop())
    const topic = blocksTopic(config.l2ChainId, 3)
    await sequencer.transport.dial(node.address, new AbortController().signal)
    await until(() => [node, sequencer].every(({ transport }) => transport.subscribers(topic).length === 2))

    let number = 10n
    const publish = async () => {
      const block = testBlock({ timestamp: BigInt(now()), number: number++ })
      const { version, data } = encodeSignedBlock(block, config, sequencerKey)
      await sequencer.transport.publish(blocksTopic(config.l2ChainId, version), data)
    }
    await publish()
    await until(() => node.heard.length === 1)
    for (const [kind, verdict, reason] of expected) {
      const before = node.heard.length
      const fault = await hostile.point.install(faults[kind]())
      await publish()
      await fault.hit()
      await until(() => node.heard.length === before + 2)
      expect(node.heard.slice(before)).toContainEqual({ verdict, reason })
      expect(fault.hits).toBe(1)
      await fault.remove()
    }
    expect(facts.filter(({ kind }) => kind === 'gossip')).toMatchObject(
      expected.map(([kind]) => ({ node: 'hostile', action: 'publish', reason: kind })),
    )
  })
})
