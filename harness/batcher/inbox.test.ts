import type { Address, Hash, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../node/config/forks.ts'
import { CriticalDerivationError } from '../../node/derivation/pipeline/pipeline.ts'
import { createVerifier, type Verifier } from '../../node/derivation/pipeline/testing/derive.ts'
import { testHash } from '../../node/derivation/pipeline/testing/test-config.ts'
import type { L1Log, L1Receipt } from '../../node/ports/l1-source.ts'
import { transactionDepositedTopic } from '../../node/protocol/deposit-log.ts'
import { decodeDepositTransaction, depositTransactionType } from '../../node/protocol/deposit-transaction.ts'
import { decodeL1Info } from '../../node/protocol/l1-info.ts'
import { configUpdateKind, configUpdateTopic } from '../../node/protocol/system-config-log.ts'
import { chainHashes, createInboxWorld, type InboxWorld, inboxTransaction } from './testing/inbox-world.ts'

const word = (value: bigint | number): Hash => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const otherKey: Address = `0x${'cc'.repeat(20)}`
const { signal } = new AbortController()

function receipt(log: Omit<L1Log, 'logIndex'>): L1Receipt {
  return { transactionHash: testHash('77'), status: 'success', logs: [{ ...log, logIndex: 0 }] }
}

/** The receipt of a system config update of one word. */
function configUpdate({ config }: InboxWorld, kind: number, value: Hex): L1Receipt {
  return receipt({
    address: config.l1SystemConfigAddress,
    topics: [configUpdateTopic, word(0), word(kind)],
    data: `0x${word(32).slice(2)}${word(32).slice(2)}${value.slice(2).padStart(64, '0')}`,
  })
}

async function derived(world: InboxWorld): Promise<Verifier> {
  const verifier = createVerifier(world.config, world.l1)
  await verifier.deriveAll()
  return verifier
}

describe('what counts as a batch', () => {
  it('ignores garbage, other senders, other recipients and transaction types that carry no batches', async () => {
    const world = createInboxWorld()
    world.l1.mine(4)
    await world.build(6n)
    const frames = await world.channel(1n, 6n)
    const good = inboxTransaction(frames)
    const cut = frames.map((frame) => ({
      ...frame,
      data: frame.data.subarray(0, 3),
      channelId: testHash('99').slice(0, 34) as Hex,
    }))
    world.l1.mine(1, {
      transactions: [
        { ...good, from: otherKey },
        { ...good, to: otherKey },
        { ...good, to: null },
        { ...good, type: 4 },
        { ...good, input: '0x' },
        { ...good, input: '0x01ff' },
        { ...good, input: '0x00ffff' },
        inboxTransaction(cut),
      ],
    })
    const verifier = await derived(world)
    expect(verifier.l2.head.number).toBe(0n)
    expect(verifier.count('payload', 'malformed')).toBe(3)

    world.l1.mine(1, { transactions: [good] })
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(world.sequencer))
  })

  it('follows a change of the batcher key from the L1 block on that announces it', async () => {
    const world = createInboxWorld()
    world.l1.mine(4)
    await world.build(6n)
    const first = inboxTransaction(await world.channel(1n, 3n))
    const second = inboxTransaction(await world.channel(4n, 6n))
    world.l1.mine(1, { transactions: [first] })
    world.l1.mine(1, {
      receipts: [configUpdate(world, configUpdateKind.batcher, otherKey)],
      transactions: [second],
    })
    const verifier = await derived(world)
    expect(verifier.l2.head.number).toBe(3n)
    world.l1.mine(1, { transactions: [{ ...second, from: otherKey }] })
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(world.sequencer))
    // A pipeline that starts over in between reads the key from the chain.
    for (const number of [3n, 0n]) {
      await verifier.pipeline.reset(verifier.l2.rewind(number), signal)
      await verifier.deriveAll()
      expect(chainHashes(verifier.l2)).toEqual(chainHashes(world.sequencer))
    }
  })

  it('does not carry a channel over Holocene', async () => {
    // L1 block 6 has time 1012 and is the first of Holocene.
    const forks = { ...forksActiveFrom('granite'), holocene: 1012n }
    const world = createInboxWorld('granite', { forks, maxSequencerDrift: 600n })
    world.l1.mine(4)
    await world.build(6n)
    const frames = await world.channel(1n, 6n, { maxFrameBytes: 150 })
    expect(frames.length).toBeGreaterThan(1)
    world.l1.mine(1, { transactions: [inboxTransaction(frames.slice(0, 1))] })
    world.l1.mine(1, { transactions: [inboxTransaction(frames.slice(1))] })
    const verifier = await derived(world)
    expect(verifier.l2.head.number).toBe(0n)
    world.l1.mine(1, { transactions: [inboxTransaction(frames)] })
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(world.sequencer))
  })

  it('drops a channel that is not complete in time', async () => {
    const world = createInboxWorld('canyon', { channelTimeout: 2n, seqWindowSize: 100n })
    world.l1.mine(4)
    await world.build(6n)
    const frames = await world.channel(1n, 6n, { maxFrameBytes: 150, batchType: 'singular' })
    world.l1.mine(1, { transactions: [inboxTransaction(frames.slice(0, 1))] })
    world.l1.mine(2)
    world.l1.mine(1, { transactions: [inboxTransaction(frames.slice(1))] })
    const verifier = await derived(world)
    expect(verifier.l2.head.number).toBe(0n)
  })

  it('drops the rest of a channel on demand', async () => {
    const world = createInboxWorld()
    world.l1.mine(4)
    await world.build(6n)
    world.l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
    const verifier = createVerifier(world.config, world.l1)
    await verifier.deriveUntil(2n)
    verifier.pipeline.flushChannel()
    await verifier.deriveAll()
    expect(verifier.l2.head.number).toBe(2n)
  })
})

describe('the sequencing window', () => {
  it('ends in empty blocks, and batches go on after them', async () => {
    const world = createInboxWorld()
    const { l1, sequencer } = world
    l1.mine(20)
    const verifier = await derived(world)
    // Ten L1 blocks after block 10 the epochs 0 to 10 have run out; epoch 11 has begun with none of its blocks.
    const { head } = verifier.l2
    expect(head.l1Origin.number).toBe(10n)
    expect(head.timestamp).toBe(l1.at(11n).timestamp - 1n)
    for (const { payload } of verifier.l2.chain.slice(1)) expect(payload.transactions).toHaveLength(1)

    for (const block of verifier.l2.chain.slice(1)) sequencer.append(block)
    await world.build(head.number + 10n)
    l1.mine(1, { transactions: [inboxTransaction(await world.channel(head.number + 1n, head.number + 10n))] })
    await verifier.deriveAll()
    expect(verifier.l2.head.number).toBeGreaterThanOrEqual(head.number + 10n)
    expect(chainHashes(verifier.l2, head.number + 10n)).toEqual(chainHashes(sequencer))
  })

  it.each(['canyon', 'jovian'] as const)('refuses a batch that comes too late under %s', async (fork) => {
    const world = createInboxWorld(fork)
    world.l1.mine(2)
    await world.build(4n)
    const batchType = fork === 'canyon' ? 'singular' : 'span'
    const late = inboxTransaction(await world.channel(1n, 4n, { batchType }))
    world.l1.mine(12)
    world.l1.mine(1, { transactions: [late] })
    const verifier = await derived(world)
    expect(verifier.l2.ref(1n).hash).not.toBe(world.sequencer.ref(1n).hash)
  })
})

describe('what L1 tells L2', () => {
  it('takes the gas limit of an update from its epoch on', async () => {
    const world = createInboxWorld()
    world.l1.mine(1)
    world.l1.mine(1, { receipts: [configUpdate(world, configUpdateKind.gasLimit, '0x1312d00')] })
    world.l1.mine(2)
    await world.build(6n)
    world.l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
    const { l2 } = await derived(world)
    expect(chainHashes(l2)).toEqual(chainHashes(world.sequencer))
    const gasLimits = l2.chain.map(({ payload }) => payload.gasLimit)
    expect(gasLimits).toEqual([
      30_000_000n,
      30_000_000n,
      30_000_000n,
      30_000_000n,
      20_000_000n,
      20_000_000n,
      20_000_000n,
    ])
  })

  it('puts deposits into the first block of their epoch', async () => {
    const world = createInboxWorld()
    const opaque = `${word(5).slice(2)}${word(3).slice(2)}${'00000000000186a0'}00`
    const deposit = receipt({
      address: world.config.depositContractAddress,
      topics: [transactionDepositedTopic, word(0xaa), word(0xbb), word(0)],
      data: `0x${word(32).slice(2)}${word(73).slice(2)}${opaque.padEnd(192, '0')}`,
    })
    world.l1.mine(1, { receipts: [deposit] })
    world.l1.mine(3)
    await world.build(6n)
    world.l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
    const { l2 } = await derived(world)
    expect(chainHashes(l2)).toEqual(chainHashes(world.sequencer))
    const deposits = l2.chain.map(({ payload }) =>
      payload.transactions.filter((transaction) =>
        transaction.startsWith(`0x${depositTransactionType.toString(16)}`),
      ),
    )
    expect(deposits.map((list) => list.length)).toEqual([0, 1, 2, 1, 1, 1, 1])
    expect(decodeDepositTransaction(deposits[2]![1]!)).toMatchObject({ mint: 5n, value: 3n, gas: 100_000n })
    expect(decodeL1Info(decodeDepositTransaction(deposits[2]![0]!).data)).toMatchObject({
      number: 1n,
      sequenceNumber: 0n,
    })
  })

  it('stops at a malformed deposit', async () => {
    const world = createInboxWorld()
    const { depositContractAddress } = world.config
    world.l1.mine(1, {
      receipts: [
        receipt({ address: depositContractAddress, topics: [transactionDepositedTopic], data: '0x' }),
      ],
    })
    world.l1.mine(12)
    await expect(derived(world)).rejects.toThrow(CriticalDerivationError)
    await expect(derived(world)).rejects.toThrow(/epoch 1:.*deposit log 0.*expected 4 topics/)
  })
})

describe('starting over', () => {
  it('reads far enough back to finish a channel that was open at the safe head', async () => {
    const world = createInboxWorld('jovian', { seqWindowSize: 100n })
    world.l1.mine(12)
    await world.build(20n)
    const frames = await world.channel(1n, 20n, { maxFrameBytes: 150 })
    // The channel opens long before the origin of most of its blocks would have been included.
    for (const frame of frames) world.l1.mine(1, { transactions: [inboxTransaction([frame])] })
    const verifier = await derived(world)
    expect(verifier.l2.head.number).toBe(20n)
    for (const number of [1n, 7n, 19n]) {
      await verifier.pipeline.reset(verifier.l2.rewind(number), signal)
      expect(verifier.pipeline.origin.number).toBe(0n)
      await verifier.deriveAll()
      expect(chainHashes(verifier.l2)).toEqual(chainHashes(world.sequencer))
    }
  })

  it('keeps a channel that was opened before the origin of the safe head', async () => {
    // What an L1 block carries does not change its hash here: so an early block can hold a frame of a later channel.
    // Before Holocene another channel may make blocks safe while it is open.
    const plan = createInboxWorld('granite', { seqWindowSize: 100n })
    plan.l1.mine(12)
    await plan.build(20n)
    const early = await plan.channel(1n, 12n)
    const late = await plan.channel(13n, 20n, { maxFrameBytes: 100 })
    const world = createInboxWorld('granite', { seqWindowSize: 100n })
    world.l1.mine(2)
    for (const frame of late.slice(0, 2)) world.l1.mine(1, { transactions: [inboxTransaction([frame])] })
    world.l1.mine(7)
    world.l1.mine(1, { transactions: [inboxTransaction(early), inboxTransaction(late.slice(2))] })
    const verifier = await derived(world)
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(plan.sequencer))
    const safeHead = verifier.l2.rewind(12n)
    expect(safeHead.l1Origin.number).toBeGreaterThan(4n)
    await verifier.pipeline.reset(safeHead, signal)
    await verifier.deriveAll()
    expect(chainHashes(verifier.l2)).toEqual(chainHashes(plan.sequencer))
  })

  it('starts one channel timeout before the origin of the safe head', async () => {
    const world = createInboxWorld('fjord', { channelTimeout: 3n })
    world.l1.mine(9)
    await world.build(16n)
    world.l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 16n))] })
    const verifier = await derived(world)
    expect(verifier.l2.head.l1Origin.number).toBe(8n)
    await verifier.pipeline.reset(verifier.l2.head, signal)
    expect(verifier.pipeline.origin.number).toBe(5n)
  })

  const nextStep = ({ pipeline, l2 }: Verifier) => pipeline.step(l2.head, signal)
  const l1Reorg = { kind: 'reset', reason: 'l1-reorg' }

  it('notices a reorg at the next L1 block, and waits while L1 is shorter', async () => {
    const world = createInboxWorld()
    world.l1.mine(6)
    const verifier = await derived(world)
    world.l1.reorg(5n, 1)
    expect(await nextStep(verifier)).toEqual({ kind: 'idle' })
    world.l1.mine(2)
    expect(await nextStep(verifier)).toEqual(l1Reorg)
    expect(await nextStep(verifier)).toEqual(l1Reorg)
  })

  it('notices a reorg to the same height', async () => {
    const world = createInboxWorld()
    world.l1.mine(6)
    const verifier = await derived(world)
    world.l1.reorg(4n, 3)
    expect(await nextStep(verifier)).toEqual(l1Reorg)
  })

  it('asks for another reset when the safe head has an orphaned origin', async () => {
    const world = createInboxWorld()
    world.l1.mine(4)
    await world.build(6n)
    world.l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
    const verifier = await derived(world)
    world.l1.reorg(2n, 6)
    await verifier.pipeline.reset(verifier.l2.head, signal)
    expect(await nextStep(verifier)).toEqual(l1Reorg)
    await verifier.pipeline.reset(verifier.l2.rewind(2n), signal)
    expect((await nextStep(verifier)).kind).toBe('progress')
  })

  it('asks for a reset when the safe head is not the parent that its batch was judged for', async () => {
    const world = createInboxWorld()
    world.l1.mine(4)
    await world.build(6n)
    world.l1.mine(1, { transactions: [inboxTransaction(await world.channel(1n, 6n))] })
    const verifier = createVerifier(world.config, world.l1)
    await verifier.deriveUntil(2n)
    verifier.l2.failure = new Error('cannot be asked')
    await expect(verifier.pipeline.step(verifier.l2.head, signal)).rejects.toThrow('cannot be asked')
    verifier.l2.failure = null
    const other = { ...verifier.l2.head, hash: testHash('ee') }
    expect(await verifier.pipeline.step(other, signal)).toEqual({
      kind: 'reset',
      reason: 'batch-parent-mismatch',
    })
  })
})
