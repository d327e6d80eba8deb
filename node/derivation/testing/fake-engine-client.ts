import { type Hash, keccak256, toHex } from 'viem'
import { createListeners } from '../../concurrency/listeners.ts'
import {
  type BuildJob,
  type ConsolidateOutcome,
  type EngineClient,
  type EngineFollowed,
  type EngineReset,
  type EngineState,
  type FollowCase,
  type FollowTarget,
  UnsafeHeadChangedError,
} from '../../engine/engine-client.ts'
import type { AttributesWithParent, PayloadEnvelope } from '../../protocol/payload.ts'
import { type BlockId, type L2BlockRef, sameBlock, zeroHash, zeroL2BlockRef } from '../../protocol/refs.ts'
import type { SafeHeads } from '../../safe-heads/safe-heads.ts'

/** An engine actor for tests of the actors around it: keeps heads, answers as scripted, records what it was asked. */
export interface FakeEngineClient extends EngineClient {
  update(change: Partial<EngineState>): void
  readonly followed: readonly FollowTarget[]
  readonly consolidated: readonly AttributesWithParent[]
  readonly finalizedBlocks: readonly L2BlockRef[]
  readonly built: readonly AttributesWithParent[]
  readonly sealed: readonly L2BlockRef[]
  readonly resets: readonly string[]
  /** Those of them that were told to keep unproven safe blocks. */
  readonly resetsThatKeep: readonly string[]
  /** How a follow target ends; by default its heads are adopted: 'ahead', 'consolidated' or 'reorged' by comparison. */
  onFollow: (target: FollowTarget) => Promise<FollowCase>
  onConsolidate: (attributes: AttributesWithParent) => Promise<ConsolidateOutcome>
  /** The heads after a reset; by default those of now. */
  onResetHeads: () => Partial<EngineState>
  /** Whether resets come in the middle of an adoption; false by default. */
  cutsAdoption: boolean
  /** Runs before a build or a seal is done, or before a sealed block is the head; may throw. */
  beforeBuild: () => Promise<void>
  beforeSeal: () => Promise<void>
  beforeSealedHead: (block: L2BlockRef) => Promise<void>
}

/** An L2 block for tests; its hash follows from everything else and `salt`. */
export function l2Block(
  parent: BlockId,
  timestamp: bigint,
  l1Origin: BlockId,
  salt = '',
  sequenceNumber = 0n,
): L2BlockRef {
  const number = parent.number + 1n
  const origin = { hash: l1Origin.hash, number: l1Origin.number }
  const hash = keccak256(toHex(`l2 ${salt} ${number} ${parent.hash} ${timestamp} ${origin.hash}`))
  return { hash, number, parentHash: parent.hash, timestamp, l1Origin: origin, sequenceNumber }
}

/** Decides where a block built from attributes has its L1 origin; attributes carry it in `prevRandao` in these tests. */
export type OriginOf = (attributes: AttributesWithParent) => BlockId

/** @param safeHeads is written as the engine actor does. */
export function createFakeEngineClient(
  genesis: L2BlockRef,
  originOf: OriginOf,
  safeHeads: SafeHeads | null = null,
): FakeEngineClient {
  const listeners = createListeners<EngineState>()
  const resetListeners = createListeners<EngineReset>()
  const followedListeners = createListeners<EngineFollowed>()
  const recorded = {
    followed: [] as FollowTarget[],
    consolidated: [] as AttributesWithParent[],
    finalizedBlocks: [] as L2BlockRef[],
    built: [] as AttributesWithParent[],
    sealed: [] as L2BlockRef[],
    resets: [] as string[],
    resetsThatKeep: [] as string[],
  }
  let state: EngineState = {
    initialized: true,
    initialElSync: 'finished',
    syncTarget: null,
    elSyncing: false,
    holding: false,
    finalizedConflict: null,
    unsafe: genesis,
    localSafe: genesis,
    pendingSafe: genesis,
    safe: genesis,
    finalized: genesis,
  }
  const chain = new Map<bigint, L2BlockRef>([[genesis.number, genesis]])
  const update = (change: Partial<EngineState>) => {
    state = { ...state, ...change }
    chain.set(state.unsafe.number, state.unsafe)
    listeners.emit(state)
  }
  const requireHead = (parent: L2BlockRef) => {
    if (!sameBlock(parent, state.unsafe)) throw new UnsafeHeadChangedError('the head is another block')
  }

  const client: FakeEngineClient = {
    ...recorded,
    update,
    get state() {
      return state
    },
    subscribe: listeners.add,
    onReset: resetListeners.add,
    async onFollow({ localSafe, safe, finalized }) {
      const ours = chain.get(localSafe.number)
      const ahead = localSafe.number > state.unsafe.number
      const followCase = ahead
        ? 'ahead'
        : ours !== undefined && !sameBlock(ours, localSafe)
          ? 'reorged'
          : 'consolidated'
      const unsafe = followCase === 'consolidated' ? state.unsafe : localSafe
      update({ unsafe, localSafe, pendingSafe: localSafe, safe, finalized })
      return followCase
    },
    async onConsolidate(attributes) {
      const { parent } = attributes
      const block = l2Block(parent, attributes.attributes.timestamp, originOf(attributes))
      const unsafe = block.number > state.unsafe.number ? block : state.unsafe
      update({ unsafe, localSafe: block, pendingSafe: block, safe: block })
      return { kind: 'built', block }
    },
    onResetHeads: () => ({}),
    cutsAdoption: false,
    beforeBuild: async () => {},
    beforeSeal: async () => {},
    beforeSealedHead: async () => {},
    addUnsafePayload: async () => {},
    async follow(target) {
      recorded.followed.push(target)
      const followCase = await client.onFollow(target)
      if (followCase === 'ahead' || followCase === 'consolidated' || followCase === 'reorged')
        followedListeners.emit({ target, followCase })
      return followCase
    },
    onFollowed: followedListeners.add,
    async consolidate(attributes) {
      recorded.consolidated.push(attributes)
      const outcome = await client.onConsolidate(attributes)
      const { derivedFrom, isLastInSpan } = attributes
      if ('block' in outcome && isLastInSpan && derivedFrom !== undefined)
        await safeHeads?.record(derivedFrom, outcome.block)
      return outcome
    },
    async finalize(block) {
      recorded.finalizedBlocks.push(block)
      update({ finalized: block })
    },
    async build(attributes): Promise<BuildJob> {
      await client.beforeBuild()
      requireHead(attributes.parent)
      recorded.built.push(attributes)
      return { payloadId: `0x${recorded.built.length.toString(16).padStart(16, '0')}`, attributes }
    },
    async seal({ attributes }, onInserted): Promise<PayloadEnvelope> {
      await client.beforeSeal()
      const { parent } = attributes
      requireHead(parent)
      const origin = originOf(attributes)
      const sequenceNumber = origin.hash === parent.l1Origin.hash ? parent.sequenceNumber + 1n : 0n
      const block = l2Block(parent, attributes.attributes.timestamp, origin, 'sequenced', sequenceNumber)
      recorded.sealed.push(block)
      onInserted?.(envelopeOf(block))
      await client.beforeSealedHead(block)
      update({ unsafe: block })
      return envelopeOf(block)
    },
    async reset(reason, options) {
      recorded.resets.push(reason)
      if (options?.keepsUnproven) recorded.resetsThatKeep.push(reason)
      update({ ...client.onResetHeads(), holding: false, initialized: true })
      await safeHeads?.reset(state.safe)
      const reset = { reason, heads: state, cutsAdoption: client.cutsAdoption }
      resetListeners.emit(reset)
      return reset
    },
    blockRefByNumber: async (number) => chain.get(number) ?? null,
    blockRefByHash: async (hash: Hash) => [...chain.values()].find((block) => block.hash === hash) ?? null,
  }
  return client
}

/** A zero-valued L2 genesis on that L1 block. */
export function l2Genesis(l1: BlockId, timestamp: bigint): L2BlockRef {
  return {
    ...zeroL2BlockRef,
    hash: keccak256(toHex(`l2 genesis ${l1.hash}`)),
    timestamp,
    l1Origin: { hash: l1.hash, number: l1.number },
  }
}

function envelopeOf(block: L2BlockRef): PayloadEnvelope {
  return {
    payload: {
      parentHash: block.parentHash,
      feeRecipient: `0x${'00'.repeat(20)}`,
      stateRoot: zeroHash,
      receiptsRoot: zeroHash,
      logsBloom: '0x',
      prevRandao: zeroHash,
      blockNumber: block.number,
      gasLimit: 0n,
      gasUsed: 0n,
      timestamp: block.timestamp,
      extraData: '0x',
      baseFeePerGas: 0n,
      blockHash: block.hash,
      transactions: [],
    },
  }
}
