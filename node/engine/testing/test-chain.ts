import { type Hash, type Hex, keccak256, toHex } from 'viem'
import { type ForkName, forksActiveFrom, isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { L1Header } from '../../ports/l1-source.ts'
import { payloadBlockHash } from '../../protocol/block-hash.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import { encodeDepositTransaction } from '../../protocol/deposit-transaction.ts'
import { encodeExtraData } from '../../protocol/extra-data.ts'
import { l1InfoDeposit } from '../../protocol/l1-info.ts'
import type {
  AttributesWithParent,
  ExecutionPayload,
  PayloadAttributes,
  PayloadEnvelope,
} from '../../protocol/payload.ts'
import { type BlockId, type L2BlockRef, zeroHash } from '../../protocol/refs.ts'

/** An L2 chain for tests: its rollup config and its genesis block. */
export interface TestChain {
  readonly config: RollupConfig
  readonly genesis: PayloadEnvelope
}

/** Options of {@link createTestChain}. Times are in seconds. */
export interface TestChainOptions {
  /** Every fork up to this one is active from genesis on. */
  readonly lastFork?: ForkName
  readonly blockTime?: bigint
  readonly seqWindowSize?: bigint
}

const address = (byte: string): Hex => `0x${byte.repeat(20)}`
const emptyTrieRoot: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** An L2 chain whose genesis stands on that L1 block. */
export function createTestChain(
  l1Genesis: BlockId & { timestamp: bigint },
  options: TestChainOptions = {},
): TestChain {
  const { lastFork = 'jovian', blockTime = 1n, seqWindowSize = 20n } = options
  const draft: RollupConfig = {
    genesis: {
      l1: { hash: l1Genesis.hash, number: l1Genesis.number },
      l2: { hash: zeroHash, number: 0n },
      l2Time: l1Genesis.timestamp,
      systemConfig: {
        batcherAddr: address('ba'),
        overhead: zeroHash,
        scalar: `0x01${'00'.repeat(31)}`,
        gasLimit: 30_000_000n,
        eip1559Params: '0x0000000000000000',
        operatorFeeParams: zeroHash,
        minBaseFee: 0n,
        daFootprintGasScalar: 0,
      },
    },
    blockTime,
    maxSequencerDrift: 600n,
    seqWindowSize,
    channelTimeout: 10n,
    l1ChainId: 900n,
    l2ChainId: 901n,
    forks: forksActiveFrom(lastFork),
    batchInboxAddress: address('ff'),
    depositContractAddress: address('de'),
    l1SystemConfigAddress: address('5c'),
    keepKarstUpgradeGas: false,
    eip1559: { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n },
  }
  const genesis = seal(draft, zeroHash, -1n, {
    timestamp: draft.genesis.l2Time,
    prevRandao: zeroHash,
    suggestedFeeRecipient: address('00'),
    transactions: [],
    noTxPool: true,
    gasLimit: draft.genesis.systemConfig.gasLimit,
    ...forkFields(draft, draft.genesis.l2Time, zeroHash),
  })
  const l2 = { hash: genesis.payload.blockHash, number: 0n }
  return { config: { ...draft, genesis: { ...draft.genesis, l2 } }, genesis }
}

/** The block that these attributes make on `parent`, with `pool` transactions after theirs. */
export function buildPayload(
  config: RollupConfig,
  parent: ExecutionPayload,
  attributes: PayloadAttributes,
  pool: readonly Hex[] = [],
): PayloadEnvelope {
  return seal(config, parent.blockHash, parent.blockNumber, {
    ...attributes,
    transactions: [...attributes.transactions, ...(attributes.noTxPool ? [] : pool)],
  })
}

/** Attributes for the child of `parent` with its L1 origin at `origin`. */
export function attributesOn(
  config: RollupConfig,
  parent: L2BlockRef,
  origin: L1Header,
  transactions: readonly Hex[] = [],
): AttributesWithParent {
  const timestamp = parent.timestamp + config.blockTime
  const sequenceNumber = origin.hash === parent.l1Origin.hash ? parent.sequenceNumber + 1n : 0n
  const { systemConfig } = config.genesis
  const info = l1InfoDeposit({ config, systemConfig, sequenceNumber, l1: origin, l2Timestamp: timestamp })
  return {
    parent,
    isLastInSpan: true,
    attributes: {
      timestamp,
      prevRandao: origin.mixHash,
      suggestedFeeRecipient: address('fe'),
      transactions: [encodeDepositTransaction(info), ...transactions],
      noTxPool: true,
      gasLimit: systemConfig.gasLimit,
      ...forkFields(config, timestamp, origin.parentBeaconBlockRoot ?? zeroHash),
    },
  }
}

/** A child of `parent` with its L1 origin at `origin`; other `transactions` make another block. */
export function childOf(
  config: RollupConfig,
  parent: PayloadEnvelope,
  origin: L1Header,
  transactions: readonly Hex[] = [],
): PayloadEnvelope {
  const ref = l2BlockRefFromPayload(config, parent.payload)
  return buildPayload(config, parent.payload, attributesOn(config, ref, origin, transactions).attributes)
}

/** A transaction that makes a block differ from one without it. */
export function userTransaction(name: string): Hex {
  return `0x02${keccak256(toHex(name)).slice(2)}`
}

function forkFields(config: RollupConfig, timestamp: bigint, beaconRoot: Hash): Partial<PayloadAttributes> {
  const active = (fork: ForkName) => isForkActive(config.forks, fork, timestamp)
  return {
    ...(active('canyon') ? { withdrawals: [] } : {}),
    ...(active('ecotone') ? { parentBeaconBlockRoot: beaconRoot } : {}),
    ...(active('holocene') ? { eip1559Params: config.genesis.systemConfig.eip1559Params } : {}),
    ...(active('jovian') ? { minBaseFee: config.genesis.systemConfig.minBaseFee } : {}),
  }
}

function seal(
  config: RollupConfig,
  parentHash: Hash,
  parentNumber: bigint,
  attributes: PayloadAttributes,
): PayloadEnvelope {
  const active = (fork: ForkName) => isForkActive(config.forks, fork, attributes.timestamp)
  const { denominatorCanyon, elasticity } = config.eip1559
  const word = (value: bigint) => value.toString(16).padStart(8, '0')
  const params: Hex = /^0x0*$/.test(attributes.eip1559Params ?? '0x')
    ? `0x${word(denominatorCanyon)}${word(elasticity)}`
    : (attributes.eip1559Params as Hex)
  const payload: ExecutionPayload = {
    parentHash,
    feeRecipient: attributes.suggestedFeeRecipient,
    stateRoot: keccak256(toHex(`state ${parentHash} ${attributes.transactions.join()}`)),
    receiptsRoot: emptyTrieRoot,
    logsBloom: `0x${'00'.repeat(256)}`,
    prevRandao: attributes.prevRandao,
    blockNumber: parentNumber + 1n,
    gasLimit: attributes.gasLimit,
    gasUsed: 0n,
    timestamp: attributes.timestamp,
    extraData: active('holocene') ? encodeExtraData(params, attributes.minBaseFee) : '0x',
    baseFeePerGas: 1n,
    blockHash: zeroHash,
    transactions: attributes.transactions,
    ...(active('canyon') ? { withdrawals: [] } : {}),
    ...(active('ecotone') ? { blobGasUsed: 0n, excessBlobGas: 0n } : {}),
    ...(active('isthmus') ? { withdrawalsRoot: emptyTrieRoot } : {}),
  }
  const { parentBeaconBlockRoot } = attributes
  const envelope = { payload, ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot }) }
  return { ...envelope, payload: { ...payload, blockHash: payloadBlockHash(envelope) } }
}
