import type { ForkName } from '../../node/config/forks.ts'
import { createFakeL2, type FakeL2 } from '../../node/derivation/pipeline/testing/fake-l2.ts'
import { sequence } from '../../node/derivation/pipeline/testing/sequence.ts'
import { testBatcher, testHash, testInbox } from '../../node/derivation/pipeline/testing/test-config.ts'
import { testTransaction } from '../../node/derivation/pipeline/testing/test-transaction.ts'
import type { L1Transaction } from '../../node/ports/l1-source.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import {
  chainHashes,
  createInboxWorld,
  type InboxWorld,
  inboxTransaction,
} from '../batcher/testing/inbox-world.ts'
import { createVictim, type Victim } from './victim.ts'

/** A node that derives a chain whose batcher also sends what it should not. */
export interface Arena extends InboxWorld {
  readonly fork: ForkName
  readonly victim: Victim
  /** A chain on the same L1 that is not the node's: of its batches none can ever become valid. */
  readonly foreign: FakeL2
  /** Sequences both chains up to the time of L1's head. */
  grow(): Promise<void>
  /** Mines an L1 block with these batcher payloads, the good batches that are missing, and these. */
  post(before: readonly Uint8Array[], after?: readonly Uint8Array[]): Promise<void>
  /** Throws when the node's chain is not the sequencer's. */
  verify(): void
  /** Posts nothing but good batches until the node has them all. Throws when its chain is another, or it is stuck. */
  recover(): Promise<void>
  /** The sequencer goes on from the node's chain, which accepted something that the sequencer did not build. */
  follow(): void
  stop(): Promise<void>
}

/** Enough for a channel that blocks the others before Canyon to time out. */
const recoveryBlocksMax = 40

export function createArena(fork: ForkName): Arena {
  const world = createInboxWorld(fork, { seqWindowSize: 3600n, channelTimeout: 8n, maxSequencerDrift: 600n })
  const { config, l1, sequencer } = world
  const victim = createVictim(config, l1)
  const foreignConfig = {
    ...config,
    genesis: { ...config.genesis, l2: { ...config.genesis.l2, hash: testHash('f0') } },
  }
  const foreign = createFakeL2(foreignConfig)
  const foreignTransactions = (number: bigint) =>
    Array.from({ length: Number(number % 4n) }, (_, index) => testTransaction(Number(number) * 4 + index))

  const hashes = () => chainHashes(victim.l2)
  const arena: Arena = {
    ...world,
    fork,
    victim,
    foreign,
    async grow() {
      const until = l1.head.timestamp - config.genesis.l2Time
      await world.build(until)
      await sequence({ config: foreignConfig, l1, l2: foreign, until, transactions: foreignTransactions })
    },
    async post(before, after = []) {
      await arena.grow()
      const first = victim.l2.head.number + 1n
      const missing = first > sequencer.head.number ? [] : [await honest(arena, first)]
      l1.mine(1, {
        transactions: [...before.map(payloadTransaction), ...missing, ...after.map(payloadTransaction)],
      })
      await victim.settle()
    },
    verify() {
      const expected = chainHashes(sequencer, victim.l2.head.number)
      const wrong = hashes().findIndex((hash, index) => hash !== expected[index])
      if (wrong >= 0) throw new Error(`expected the sequencer's chain, found another block ${wrong}`)
    },
    async recover() {
      await arena.grow()
      const wanted = sequencer.head
      for (let posted = 0; victim.l2.head.number < wanted.number; posted++) {
        if (posted === recoveryBlocksMax)
          throw new Error(`expected block ${wanted.number}, the node is stuck at ${victim.l2.head.number}`)
        await arena.post([])
      }
      arena.verify()
    },
    follow() {
      sequencer.rewind(0n)
      for (const block of victim.l2.chain.slice(1)) sequencer.append(block)
    },
    stop: () => victim.stop(),
  }
  return arena
}

async function honest({ channel, sequencer, config }: Arena, first: bigint): Promise<L1Transaction> {
  const batchType = config.forks.delta === undefined || first % 2n === 0n ? 'singular' : 'span'
  return inboxTransaction(await channel(first, sequencer.head.number, { batchType }))
}

/** A batcher transaction with that data. */
export function payloadTransaction(payload: Uint8Array): L1Transaction {
  return { hash: keccak256(payload), type: 2, from: testBatcher, to: testInbox, input: bytesToHex(payload) }
}
