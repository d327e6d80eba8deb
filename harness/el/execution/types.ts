import type { Address, Hash, Hex } from 'viem'
import type { Turn } from '../../../node/concurrency/turns.ts'
import type { ForkSchedule } from '../../../node/config/forks.ts'
import type { Eip1559Constants } from '../../../node/config/rollup-config.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import type { BlockHeader } from '../chain/header.ts'
import type { BlobLimits } from './blob-gas.ts'
import type { BlockEnvironment } from './block-environment.ts'
import type { CallLimits } from './call-gate.ts'
import type { TransactionDecoder } from './decode-transaction.ts'
import type { AccessListEntry, Authorization } from './transaction.ts'

/** What execution needs to know of a chain. */
export interface ElConfig {
  readonly chainId: bigint
  readonly forks: ForkSchedule
  readonly eip1559: Eip1559Constants
  /** Absent on a chain without blob transactions, as every L2 is (exec-engine.md, "Ecotone: disable Blob-transactions"). */
  readonly blobs?: BlobLimits
}

export interface GenesisAccount {
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Hex
  readonly storage: ReadonlyMap<Hex, Hex>
}

/** An op-geth `genesis.json`, parsed. `header` lacks what follows from the allocation. */
export interface Genesis {
  readonly config: ElConfig
  readonly header: Omit<BlockHeader, 'stateRoot'>
  readonly alloc: ReadonlyMap<Address, GenesisAccount>
}

export interface Log {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
}

/** A transaction of a block, decoded once. */
export interface ExecutedTransaction {
  /** EIP-2718 encoding. */
  readonly raw: Hex
  readonly hash: Hash
  /** EIP-2718 type. */
  readonly type: number
  readonly from: Address
  readonly to: Address | null
  readonly nonce: bigint
}

/** The result of one transaction. Fields of deposits and of fees follow op-geth's receipts. */
export interface Receipt {
  readonly type: number
  readonly status: 0 | 1
  readonly gasUsed: bigint
  readonly cumulativeGasUsed: bigint
  readonly logsBloom: Hex
  readonly logs: readonly Log[]
  readonly contractAddress: Address | null
  /** Wei. */
  readonly effectiveGasPrice: bigint
  /** Deposits, from Regolith on. */
  readonly depositNonce?: bigint
  /** Deposits, from Canyon on: 1. */
  readonly depositReceiptVersion?: bigint
  /** Everything but deposits. */
  readonly l1Fee?: L1FeeReceipt
  /** Everything but deposits, from Isthmus on, when the operator fee is not zero. */
  readonly operatorFee?: { readonly scalar: bigint; readonly constant: bigint }
  /** Jovian: what this transaction adds to the block's DA footprint. */
  readonly daFootprint?: bigint
  /** EIP-2718 consensus encoding, which the receipts root commits to. */
  readonly encoded: Hex
}

/** How the L1 data fee of a transaction came about. Prices in wei. */
export interface L1FeeReceipt {
  readonly l1Fee: bigint
  readonly l1GasPrice: bigint
  readonly l1GasUsed: bigint
  /** Bedrock: the scalar divided by 10^6. */
  readonly l1FeeScalar?: number
  readonly l1BlobBaseFee?: bigint
  readonly l1BaseFeeScalar?: bigint
  readonly l1BlobBaseFeeScalar?: bigint
}

/** A block whose state is in the store. */
export interface ExecutedBlock {
  readonly hash: Hash
  readonly header: BlockHeader
  readonly envelope: PayloadEnvelope
  readonly transactions: readonly ExecutedTransaction[]
  readonly receipts: readonly Receipt[]
}

/** The block breaks a rule of the chain; the message names the rule, what was expected and what was found. */
export class InvalidBlockError extends Error {
  override readonly name = 'InvalidBlockError'
}

/** A transaction that the builder could not include. */
export interface RejectedTransaction {
  readonly hash: Hash
  readonly reason: string
}

export interface BuiltBlock {
  readonly block: ExecutedBlock
  /** Pool transactions that are not valid on this block; the pool should drop them. */
  readonly rejected: readonly RejectedTransaction[]
}

/**
 * How many bytes of batch data, as estimated by FastLZ, the pool may bring into a block; null: as many as it likes. A
 * batcher that falls behind asks for less (op-geth's `miner_setMaxDASize`).
 */
export interface DaLimits {
  readonly transactionMax: bigint | null
  readonly blockMax: bigint | null
}

export interface BuildOptions {
  /** Raw pool transactions in the order of preference; each sender's by nonce. Not read when `noTxPool` is set. */
  readonly pool: Iterable<Hex>
  /** Asked before each pool transaction, with how many of them have run for too long: true ends the block. */
  readonly shouldStop?: (tooLong: number) => boolean
  /** Default: none. */
  readonly daLimits?: DaLimits
  /**
   * A pool transaction that runs for longer leaves the block, and is rejected: it would cost every block its slot.
   * Default: none.
   */
  readonly transactionLimit?: { readonly ms: number; readonly nowMs: () => number }
}

/** A call that is not a signed transaction, as `eth_call` has it. */
export interface CallRequest {
  readonly from?: Address
  readonly to?: Address | null
  readonly gas?: bigint
  /** Wei; 0 asks for no fee check. */
  readonly gasPrice?: bigint
  readonly value?: bigint
  readonly data?: Hex
  /** EIP-2930. */
  readonly accessList?: readonly AccessListEntry[]
  /** EIP-7702. */
  readonly authorizations?: readonly Authorization[]
  /** What the call finds changed before it begins. */
  readonly overrides?: readonly AccountOverride[]
  /** What the call finds of the block around it, where that is not what its header says. */
  readonly block?: Partial<BlockEnvironment>
  /** Asks for `CallResult.accessed`. */
  readonly tracesAccess?: boolean
}

/** What a call finds in an account instead of what is there; without a field, what is there. */
export interface AccountOverride {
  readonly address: Address
  /** Wei. */
  readonly balance?: bigint
  readonly nonce?: bigint
  readonly code?: Hex
  readonly storage?: {
    /** Everything that is not named is zero, instead of what it is. */
    readonly replacesAll: boolean
    readonly slots: readonly (readonly [slot: Hash, value: Hash])[]
  }
}

export interface CallResult {
  readonly status: 'success' | 'reverted' | 'failed'
  readonly returnData: Hex
  /** Without refunds: enough to repeat the call. */
  readonly gasUsed: bigint
  /** After refunds: what a transaction would pay for. */
  readonly gasSettled: bigint
  /** The EVM's name of the failure, such as `out of gas`. */
  readonly error?: string
  /** What the call touched that was not warm, also where it was undone; absent when the call could not begin. */
  readonly accessed?: readonly AccessListEntry[]
}

export interface AccessListResult {
  readonly accessList: readonly AccessListEntry[]
  /** Of the call with this list, after refunds. */
  readonly gasUsed: bigint
  /** False when the sender cannot pay or offers less than the intrinsic gas. */
  readonly couldBegin: boolean
  /** Why the call fails, with this list or any. */
  readonly error?: string | undefined
}

/** EIP-1186. */
export interface AccountProof {
  readonly address: Address
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hash
  readonly storageHash: Hash
  readonly accountProof: readonly Hex[]
  readonly storageProof: readonly {
    readonly key: Hex
    readonly value: bigint
    readonly proof: readonly Hex[]
  }[]
}

/** The state after a block, read only. */
export interface StateView {
  balance(address: Address): Promise<bigint>
  nonce(address: Address): Promise<bigint>
  code(address: Address): Promise<Hex>
  storage(address: Address, slot: Hex): Promise<Hash>
  proof(address: Address, slots: readonly Hex[]): Promise<AccountProof>
  /**
   * Runs on a copy of the state, in the environment of `header`. `gas` is at most what a transaction may have there.
   * @throws CallLimitError, here and below, when it took too long or too many calls wait; the signal's reason.
   */
  call(request: CallRequest, signal?: AbortSignal): Promise<CallResult>
  /** @throws when the call fails even with all the gas that a transaction may have; the error carries the revert data. */
  estimateGas(request: CallRequest, signal?: AbortSignal): Promise<bigint>
  accessList(request: CallRequest, signal?: AbortSignal): Promise<AccessListResult>
}

/** Executes and builds blocks. One call at a time: the caller queues. */
export interface Executor {
  readonly config: ElConfig
  /** Puts the allocation into the store. */
  initGenesis(genesis: Genesis): Promise<ExecutedBlock>
  /**
   * Executes a payload on its parent and keeps the state.
   * @throws InvalidBlockError when it breaks a rule; nothing is kept then.
   */
  execute(parent: BlockHeader, envelope: PayloadEnvelope): Promise<ExecutedBlock>
  /**
   * Builds a block on the parent and keeps its state: what is returned needs no execution any more.
   * @throws InvalidBlockError when the attributes or one of their own transactions are not valid.
   */
  build(parent: BlockHeader, attributes: PayloadAttributes, options: BuildOptions): Promise<BuiltBlock>
  /** The state after the block with that header. @throws when the store does not have it. */
  view(header: BlockHeader): StateView
  /** True when the store has the state with that root. */
  hasState(stateRoot: Hash): boolean
}

/** Trie nodes and codes by hash, and nothing else: every state that was ever written can be opened by its root. */
export interface StateStore {
  /** RLP encoding of the trie node with that hash. */
  node(hash: Hash): Uint8Array | undefined
  code(hash: Hash): Uint8Array | undefined
  /** All of it or nothing: a reader never sees a part. */
  write(batch: StateBatch): void | Promise<void>
}

/** What one block adds to the store. */
export interface StateBatch {
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
  readonly codes: ReadonlyMap<Hash, Uint8Array>
}

/** For `createExecutor` in `executor.ts`. A store in memory is `createMemoryStore` in `memory-store.ts`. */
export interface ExecutorOptions {
  readonly config: ElConfig
  readonly store: StateStore
  /** The header of a block that was executed before, canonical or not: BLOCKHASH walks from parent to parent. */
  readonly header: (hash: Hash) => BlockHeader | undefined
  /** To share its memory of senders with the transaction pool; by default the executor has its own. */
  readonly decoder?: TransactionDecoder
  /** What calls may take of the engine. Default: no limit. */
  readonly calls?: CallLimits
  /** Awaited between pieces of work. Default: by real time. Where time is virtual, execution takes none of it and gives no turn. */
  readonly turn?: Turn
}
