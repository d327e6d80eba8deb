import type { Address, Hash, Hex } from 'viem'
import { hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import { type BlockHeader, hashHeader, payloadFromHeader, transactionsRootOf } from '../chain/header.ts'
import { isActivationBlock } from './activation-block.ts'
import { TransactionDecoder } from './decode-transaction.ts'
import { asInvalid, checkOrder, genesisBlock } from './executor.ts'
import { allocate } from './genesis-state.ts'
import {
  checkAfterRun,
  checkBeforeRun,
  expectEqual,
  finishHeader,
  type HeaderStart,
  startFromAttributes,
} from './header-fields.ts'
import { createMemoryStore } from './memory-store.ts'
import { ModelBlock } from './model-block.ts'
import { decodeModelState, encodeModelState, type ModelState, nextDigest } from './model-state.ts'
import { StateReader } from './state/state-reader.ts'
import { TransactionError } from './transaction.ts'
import type {
  BuildOptions,
  BuiltBlock,
  ExecutedBlock,
  Executor,
  ExecutorOptions,
  Genesis,
  RejectedTransaction,
  StateBatch,
  StateView,
} from './types.ts'

/** A genesis block, and the state that the model executor keeps of it. */
export interface ModelGenesis {
  readonly genesis: Genesis
  readonly block: ExecutedBlock
  readonly batch: StateBatch
}

/** The genesis block is that of the real executor, hash and all: the nodes of a chain are configured with it. */
export function modelGenesis(genesis: Genesis): ModelGenesis {
  const { root, messagePasserRoot } = allocate(new StateReader(createMemoryStore()), genesis.alloc)
  const { batch } = encodeModelState({ digest: hexToBytes(root), nonces: new Map() }, root)
  const block = genesisBlock(genesis, root, messagePasserRoot)
  return { genesis, block, batch }
}

/**
 * An executor without an EVM and without tries: a chain of hashes that keeps every rule of a block but what its
 * transactions do. Header fields, fees, gas limits, the order of transactions, nonces and the DA footprint are those of
 * `createExecutor`. Every transaction costs its intrinsic gas and succeeds; it moves no money and calls nothing, so that
 * balances, codes and storage stay what genesis gave, and no withdrawal is ever made. The state root commits to all
 * transactions since genesis.
 */
export function createModelExecutor(known: ModelGenesis): (options: ExecutorOptions) => Executor {
  return (options) => new ModelExecutor(known, options)
}

class ModelExecutor implements Executor {
  readonly config
  readonly #known: ModelGenesis
  readonly #store: ExecutorOptions['store']
  readonly #decoder: TransactionDecoder

  constructor(known: ModelGenesis, { config, store, decoder }: ExecutorOptions) {
    this.config = config
    this.#known = known
    this.#store = store
    this.#decoder = decoder ?? new TransactionDecoder(config.chainId)
  }

  async initGenesis(): Promise<ExecutedBlock> {
    await this.#store.write(this.#known.batch)
    return this.#known.block
  }

  async execute(parent: BlockHeader, envelope: PayloadEnvelope): Promise<ExecutedBlock> {
    const { payload } = envelope
    const start = checkBeforeRun(this.config, parent, hashHeader(parent), envelope)
    checkOrder(payload.transactions)
    const run = this.#begin(parent, start)
    this.#runAll(run, payload.transactions)
    const { block, batch } = this.#finish(parent, start, run)
    checkAfterRun(block.header, payload)
    expectEqual('blockHash', block.hash, payload.blockHash)
    await this.#store.write(batch)
    return block
  }

  async build(
    parent: BlockHeader,
    attributes: PayloadAttributes,
    options: BuildOptions,
  ): Promise<BuiltBlock> {
    const start = startFromAttributes(this.config, parent, hashHeader(parent), attributes)
    checkOrder(attributes.transactions)
    const run = this.#begin(parent, start)
    this.#runAll(run, attributes.transactions)
    const rejected = attributes.noTxPool || run.isActivationBlock ? [] : this.#fill(run, options)
    const { block, batch } = this.#finish(parent, start, run)
    await this.#store.write(batch)
    return { block, rejected }
  }

  view(header: BlockHeader): StateView {
    const { nonces } = this.#state(header)
    const { alloc } = this.#known.genesis
    const given = (address: Address) => alloc.get(lowerCase(address))
    const without = (what: string) => async () => {
      throw new Error(`a model engine has no ${what}: use the real engine core`)
    }
    return {
      balance: async (address) => given(address)?.balance ?? 0n,
      nonce: async (address) => nonces.get(lowerCase(address)) ?? given(address)?.nonce ?? 0n,
      code: async (address) => given(address)?.code ?? '0x',
      storage: async (address, slot): Promise<Hash> => given(address)?.storage.get(slot) ?? zeroHash,
      proof: without('tries to prove anything by'),
      call: without('EVM'),
      estimateGas: without('EVM'),
      accessList: without('EVM'),
    }
  }

  hasState(stateRoot: Hash): boolean {
    return this.#store.node(stateRoot) !== undefined
  }

  #state({ number, stateRoot }: BlockHeader): ModelState {
    const node = this.#store.node(stateRoot)
    if (node === undefined)
      throw new Error(`expected the state of block ${number} (root ${stateRoot}) in the store, found none`)
    return decodeModelState(node)
  }

  #begin(parent: BlockHeader, start: HeaderStart): ModelBlock {
    const { forks } = this.config
    return new ModelBlock({
      ...{ forks, start, nonces: this.#state(parent).nonces },
      nonceAtGenesis: (address) => this.#known.genesis.alloc.get(address)?.nonce ?? 0n,
      isActivationBlock: isActivationBlock(forks, parent.timestamp, start.timestamp),
    })
  }

  /** @throws InvalidBlockError for the first that does not hold. */
  #runAll(run: ModelBlock, transactions: readonly Hex[]): void {
    for (const [index, raw] of transactions.entries())
      try {
        run.add(this.#decoder.decode(raw))
      } catch (error) {
        throw asInvalid(index, error)
      }
  }

  /** As `fillFromPool`, without what only an EVM can meet. */
  #fill(run: ModelBlock, { pool, shouldStop }: BuildOptions): readonly RejectedTransaction[] {
    const rejected: RejectedTransaction[] = []
    const passedOver = new Set<Address>()
    for (const raw of pool) {
      if (shouldStop?.(0) === true) break
      let from: Address | undefined
      try {
        const transaction = this.#decoder.decode(raw)
        from = transaction.from
        if (!passedOver.has(from)) run.add(transaction)
      } catch (error) {
        if (!(error instanceof TransactionError)) throw error
        if (from !== undefined) passedOver.add(from)
        if (!error.isTemporary) rejected.push({ hash: keccak256(hexToBytes(raw)), reason: error.message })
      }
    }
    return rejected
  }

  #finish(
    parent: BlockHeader,
    start: HeaderStart,
    run: ModelBlock,
  ): { readonly block: ExecutedBlock; readonly batch: StateBatch } {
    const { transactions, receipts } = run
    const raw = transactions.map((transaction) => transaction.raw)
    const digest = nextDigest(
      this.#state(parent),
      uintToBytes(start.timestamp, 8),
      hexToBytes(transactionsRootOf(raw)),
    )
    const { root, batch } = encodeModelState({ digest, nonces: run.nonces })
    const header = finishHeader(this.config, start, {
      ...{ stateRoot: root, batch, transactions, receipts, gasUsed: run.gasUsed },
      messagePasserRoot: parent.withdrawalsRoot ?? emptyTrieRoot,
      ...{ daFootprint: run.daFootprint, blobGasUsed: 0n },
      logsBloom: new Uint8Array(256),
    })
    const hash = hashHeader(header)
    return {
      block: { hash, header, envelope: payloadFromHeader(header, hash, raw), transactions, receipts },
      batch,
    }
  }
}

const lowerCase = (address: Address) => address.toLowerCase() as Address
