import type { Address, Hex, TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type ForkSchedule, isForkActive } from '../../../../node/config/forks.ts'
import {
  type DepositTransaction,
  encodeDepositTransaction,
} from '../../../../node/protocol/deposit-transaction.ts'
import { encodeL1Info, type L1Info, type L1InfoFormat } from '../../../../node/protocol/l1-info.ts'
import type { PayloadAttributes } from '../../../../node/protocol/payload.ts'
import { depositorAccount, predeploys } from '../../../../node/protocol/predeploys.ts'
import type { BlockHeader } from '../../chain/header.ts'
import { createExecutor } from '../executor.ts'
import { createMemoryStore } from '../memory-store.ts'
import type {
  BuiltBlock,
  ElConfig,
  ExecutedBlock,
  Executor,
  Genesis,
  GenesisAccount,
  StateStore,
} from '../types.ts'

export const chainId = 901
export const genesisTime = 1000n
export const blockTime = 2n
const ether = 10n ** 18n

/** Funded with 1000 ether each. */
export const users = ([1, 2, 3] as const).map((digit) => privateKeyToAccount(`0x${String(digit).repeat(64)}`))
export const [alice, bob, carol] = users as [
  (typeof users)[number],
  (typeof users)[number],
  (typeof users)[number],
]

/** What L1Block holds from genesis on: it has no code here, and L1 info deposits change nothing. */
export const l1BlockValues = {
  baseFee: 7_000_000_000n,
  overhead: 188n,
  scalar: 684_000n,
  baseFeeScalar: 5227,
  blobBaseFeeScalar: 1_014_213,
  blobBaseFee: 13_000_000n,
  operatorFeeScalar: 2_000_000n,
  operatorFeeConstant: 777n,
} as const

export interface TestChainOptions {
  readonly forks: ForkSchedule
  readonly alloc?: Readonly<Record<Address, Partial<GenesisAccount>>>
  readonly gasLimit?: bigint
  /** Wei. */
  readonly baseFee?: bigint
  /** Replaces slots of L1Block. */
  readonly l1Block?: Readonly<Record<number, bigint>>
  readonly store?: StateStore
}

/** Genesis of a chain with `users`, L1Block's values and what `alloc` adds. */
export function testGenesis(options: TestChainOptions): Genesis {
  const { forks, alloc = {}, gasLimit = 30_000_000n, baseFee = 1000n } = options
  const config: ElConfig = {
    chainId: BigInt(chainId),
    forks,
    eip1559: { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n },
  }
  const active = (fork: Parameters<typeof isForkActive>[1]) => isForkActive(forks, fork, genesisTime)
  const account = (values: Partial<GenesisAccount>): GenesisAccount => ({
    balance: 0n,
    nonce: 0n,
    code: '0x',
    storage: new Map(),
    ...values,
  })
  return {
    config,
    header: {
      parentHash: zeroWord,
      feeRecipient: predeploys.sequencerFeeVault,
      transactionsRoot: emptyRoot,
      receiptsRoot: emptyRoot,
      logsBloom: `0x${'00'.repeat(256)}`,
      number: 0n,
      gasLimit,
      gasUsed: 0n,
      timestamp: genesisTime,
      extraData: active('jovian')
        ? '0x01000000fa000000060000000000000000'
        : active('holocene')
          ? '0x00000000fa00000006'
          : '0x',
      prevRandao: zeroWord,
      baseFeePerGas: baseFee,
      ...(active('canyon') ? { withdrawalsRoot: emptyRoot } : {}),
      ...(active('ecotone') ? { blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: zeroWord } : {}),
      ...(active('isthmus')
        ? { requestsHash: '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' }
        : {}),
    },
    alloc: new Map([
      ...users.map(({ address }) => [lower(address), account({ balance: 1000n * ether })] as const),
      [predeploys.l1Block, account({ nonce: 1n, storage: l1BlockStorage(options.l1Block ?? {}) })] as const,
      [predeploys.l2ToL1MessagePasser, account({ nonce: 1n, storage: new Map([[word(0n), word(1n)]]) })],
      ...Object.entries(alloc).map(
        ([address, values]) => [lower(address as Address), account(values)] as const,
      ),
    ]),
  }
}

/** A chain of one executor that grows block by block. */
export class TestChain {
  readonly executor: Executor
  readonly #headers = new Map<Hex, BlockHeader>()
  head!: ExecutedBlock

  private constructor(executor: (headers: Map<Hex, BlockHeader>) => Executor) {
    this.executor = executor(this.#headers)
  }

  static start(options: TestChainOptions): Promise<TestChain> {
    return TestChain.startFrom(testGenesis(options), options.store)
  }

  static async startFrom(genesis: Genesis, store = createMemoryStore()): Promise<TestChain> {
    const chain = new TestChain((headers) =>
      createExecutor({ config: genesis.config, store, header: (hash) => headers.get(hash) }),
    )
    chain.#add(await chain.executor.initGenesis(genesis))
    return chain
  }

  /** Attributes of the next block: an L1 info deposit, then `transactions`. */
  attributes(
    transactions: readonly Hex[] = [],
    overrides: Partial<PayloadAttributes> = {},
  ): PayloadAttributes {
    const { header } = this.head
    const timestamp = overrides.timestamp ?? header.timestamp + blockTime
    const active = (fork: Parameters<typeof isForkActive>[1]) =>
      isForkActive(this.executor.config.forks, fork, timestamp)
    return {
      timestamp,
      prevRandao: word(timestamp),
      suggestedFeeRecipient: predeploys.sequencerFeeVault,
      transactions: [l1InfoTransaction(this.executor.config.forks, timestamp), ...transactions],
      noTxPool: true,
      gasLimit: header.gasLimit,
      ...(active('canyon') ? { withdrawals: [] } : {}),
      ...(active('ecotone') ? { parentBeaconBlockRoot: word(timestamp + 1n) } : {}),
      ...(active('holocene') ? { eip1559Params: '0x000000fa00000006' as const } : {}),
      ...(active('jovian') ? { minBaseFee: 0n } : {}),
      ...overrides,
    }
  }

  /** Builds a block from attributes alone and adds it. */
  async next(
    transactions: readonly Hex[] = [],
    overrides?: Partial<PayloadAttributes>,
  ): Promise<ExecutedBlock> {
    const built = await this.build(this.attributes(transactions, overrides))
    return built.block
  }

  /** Builds a block and adds it. */
  async build(attributes: PayloadAttributes, pool: Iterable<Hex> = []): Promise<BuiltBlock> {
    const built = await this.executor.build(this.head.header, attributes, { pool })
    this.#add(built.block)
    return built
  }

  /** Executes somebody else's block and adds it. */
  async accept({ envelope }: ExecutedBlock): Promise<ExecutedBlock> {
    const block = await this.executor.execute(this.head.header, envelope)
    this.#add(block)
    return block
  }

  get view() {
    return this.executor.view(this.head.header)
  }

  #add(block: ExecutedBlock): void {
    this.#headers.set(block.hash, block.header)
    this.head = block
  }
}

export function l1InfoTransaction(forks: ForkSchedule, timestamp: bigint): Hex {
  return encodeDepositTransaction({
    ...depositOf(l1Info, formatAt(forks, timestamp)),
    isSystemTransaction: !isForkActive(forks, 'regolith', timestamp),
  })
}

/** A user's deposit; anything not named is zero. */
export function deposit(values: Partial<DepositTransaction> & { readonly from: Address }): Hex {
  return encodeDepositTransaction({
    sourceHash: word(42n),
    to: null,
    mint: 0n,
    value: 0n,
    gas: 100_000n,
    isSystemTransaction: false,
    data: '0x',
    ...values,
  })
}

/** Signs; type 2 with fees that any test chain takes, unless the transaction says something else. */
export function sign(
  account: (typeof users)[number],
  transaction: Partial<TransactionSerializable> & { readonly nonce: number },
): Promise<Hex> {
  return account.signTransaction({
    type: 'eip1559',
    chainId,
    gas: 200_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
    ...transaction,
  } as TransactionSerializable)
}

export function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

export function lower(address: Address): Address {
  return address.toLowerCase() as Address
}

const zeroWord = word(0n)
const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

const l1Info: L1Info = {
  number: 1n,
  timestamp: 1000n,
  baseFee: l1BlockValues.baseFee,
  blockHash: word(0xabcn),
  sequenceNumber: 0n,
  batcherAddr: '0x00000000000000000000000000000000000000ba',
  overhead: word(l1BlockValues.overhead),
  scalar: word(l1BlockValues.scalar),
  blobBaseFee: l1BlockValues.blobBaseFee,
  baseFeeScalar: l1BlockValues.baseFeeScalar,
  blobBaseFeeScalar: l1BlockValues.blobBaseFeeScalar,
  operatorFeeScalar: Number(l1BlockValues.operatorFeeScalar),
  operatorFeeConstant: l1BlockValues.operatorFeeConstant,
  daFootprintGasScalar: 400,
}

function depositOf(info: L1Info, format: L1InfoFormat): DepositTransaction {
  return {
    sourceHash: word(7n),
    from: depositorAccount,
    to: predeploys.l1Block,
    mint: 0n,
    value: 0n,
    gas: 1_000_000n,
    isSystemTransaction: false,
    data: encodeL1Info(info, format),
  }
}

/** The first block of a fork still has the previous fork's format. */
function formatAt(forks: ForkSchedule, timestamp: bigint): L1InfoFormat {
  for (const fork of ['jovian', 'isthmus', 'ecotone'] as const) {
    const time = forks[fork]
    if (time !== undefined && (timestamp >= time + blockTime || (timestamp >= time && time <= genesisTime)))
      return fork
  }
  return 'bedrock'
}

function l1BlockStorage(overrides: Readonly<Record<number, bigint>>): Map<Hex, Hex> {
  const values = l1BlockValues
  const scalars = (BigInt(values.baseFeeScalar) << 96n) | (BigInt(values.blobBaseFeeScalar) << 64n)
  const slots: Record<number, bigint> = {
    1: values.baseFee,
    3: scalars,
    5: values.overhead,
    6: values.scalar,
    7: values.blobBaseFee,
    8: (values.operatorFeeScalar << 64n) | values.operatorFeeConstant,
    ...overrides,
  }
  return new Map(
    Object.entries(slots)
      .filter(([, value]) => value !== 0n)
      .map(([slot, value]) => [word(BigInt(slot)), word(value)]),
  )
}
