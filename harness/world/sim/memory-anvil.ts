import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { method } from '../../../node/json-rpc/method.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { Random } from '../../../node/ports/random.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import { BlockStore, toEntry } from '../../el/chain/block-store.ts'
import { Chain } from '../../el/chain/chain.ts'
import { createDaLimitSetting } from '../../el/chain/da-limit-setting.ts'
import { nextBaseFee } from '../../el/execution/base-fee.ts'
import { TransactionDecoder } from '../../el/execution/decode-transaction.ts'
import { createMemoryStore } from '../../el/execution/memory-store.ts'
import type { ElConfig, Genesis, GenesisAccount } from '../../el/execution/types.ts'
import { createHeadPoolChain } from '../../el/pool/head-pool-chain.ts'
import { TransactionPool } from '../../el/pool/transaction-pool.ts'
import { allMethods } from '../../el/rpc/methods.ts'
import { param } from '../../el/rpc/params.ts'
import { ChainSync } from '../../el/sync/chain-sync.ts'
import type { AnvilState } from '../../genesis/l1-genesis.ts'
import { noPeers } from './memory-peers.ts'
import { noTurns } from './no-turns.ts'
import type { SimExecution } from './sim-execution.ts'

export interface MemoryAnvilOptions {
  /** Of {@link l1GenesisOf}, with the real executor. */
  readonly execution: SimExecution
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * The forks of the executor that together are Ethereum's Prague. Without Holocene the base fee follows EIP-1559 with the
 * constants below, and without L1Block, which no account of L1 is, there is no L1 fee and no operator fee.
 */
const prague: ElConfig['forks'] = {
  ...{ regolith: 0n, canyon: 0n, delta: 0n, ecotone: 0n, fjord: 0n, granite: 0n, isthmus: 0n },
}
/** EIP-1559, "Specification". */
const eip1559 = { elasticity: 2n, denominator: 8n, denominatorCanyon: 8n }
/** EIP-7691, "Specification". */
const blobs = { target: 6n, max: 9n, updateFraction: 5_007_716n }
const anything = z.unknown()
const depth = z.int().positive()

/**
 * What the harness asks of anvil, without anvil: `eth_`, `txpool_` and `debug_` of the embedded engine over a chain of its
 * own, and the control methods that `AnvilClient` calls. Blocks have real headers, receipts and roots. It takes blob
 * transactions as blocks hold them: the gateway keeps their blobs.
 */
export async function createMemoryAnvil(
  options: MemoryAnvilOptions,
): Promise<ReadonlyMap<string, RpcHandler>> {
  const { clock, random, logger } = options
  const { genesis, first, executorOf } = options.execution
  const decoder = new TransactionDecoder(genesis.config.chainId, blobs.max)
  let chain: Chain | null = null
  const store = createMemoryStore()
  await store.write(first.batch)
  const executor = executorOf({
    ...{ config: genesis.config, store, decoder, turn: noTurns },
    header: (hash) => chain?.store.byHash(hash)?.header,
  })
  const l1 = new Chain(executor, new BlockStore(first.block), logger)
  chain = l1
  const pool = new TransactionPool({ chain: createHeadPoolChain(l1, decoder), turn: noTurns })
  const network = noPeers('l1')
  let feeRecipient: Address = '0x0000000000000000000000000000000000000000'

  /** What fell out of the chain does not come back by itself: the controller decides that. */
  async function moveTo(hash: Hash, ancestor: Hash): Promise<void> {
    const change = l1.store.move({ head: hash, commonAncestor: ancestor, safe: null, finalized: null })
    await pool.reset({ ...change, removed: [], head: l1.head })
  }

  async function mine(timestamp: bigint): Promise<void> {
    const { header } = l1.head
    const { block, rejected } = await executor.build(
      header,
      {
        timestamp,
        prevRandao: zeroHash,
        suggestedFeeRecipient: feeRecipient,
        withdrawals: [],
        parentBeaconBlockRoot: zeroHash,
        transactions: [],
        noTxPool: false,
        gasLimit: header.gasLimit,
      },
      { pool: pool.best(nextBaseFee(genesis.config, header, timestamp)) },
    )
    pool.reject(rejected)
    l1.store.add(block)
    await moveTo(block.hash, l1.head.hash)
  }

  async function rollback(blocks: number): Promise<void> {
    const target = l1.store.byNumber(l1.head.header.number - BigInt(blocks))
    if (target === undefined)
      throw new Error(`cannot roll back ${blocks} blocks of L1: there are not so many`)
    const { hash } = toEntry(target)
    await moveTo(hash, hash)
  }

  function dropAll(): void {
    while (pool.size > 0) {
      const { pending, queued } = pool.content()
      const all = [...pending.values(), ...queued.values()].flat()
      pool.reject(all.map(({ hash }) => ({ hash, reason: 'dropped by the harness' })))
    }
  }

  const control: Readonly<Record<string, RpcHandler>> = {
    evm_mine: method([param.quantity], (timestamp) => mine(timestamp)),
    anvil_rollback: method([depth], rollback),
    anvil_dropAllTransactions: method([], dropAll),
    anvil_setCoinbase: method([param.address], (address) => {
      feeRecipient = address
    }),
    // The base fee always follows from the parent here.
    anvil_setNextBlockBaseFeePerGas: method([anything], () => null),
    anvil_autoImpersonateAccount: method([anything], () => null),
  }
  const all = allMethods({
    ...{ config: genesis.config, chain: l1, pool, network, clock, random },
    sync: new ChainSync({ chain: l1, network, clock, logger }),
    daLimits: createDaLimitSetting(),
    clientVersion: 'lockstep/l1',
    chainConfigJson: {},
  })
  return new Map([...all, ...Object.entries(control)])
}

/** Block 0, as anvil would load it and with the hash that anvil gives it. */
export function l1GenesisOf(chainId: number, state: AnvilState): Genesis {
  const header = state.blocks[0]?.header
  if (header === undefined) throw new Error('expected the state of L1 to have block 0')
  const accounts = Object.entries(state.accounts) as [Address, AnvilState['accounts'][Address]][]
  return {
    config: { chainId: BigInt(chainId), forks: prague, eip1559, blobs },
    header: {
      parentHash: header.parentHash,
      feeRecipient: header.miner,
      transactionsRoot: header.transactionsRoot,
      receiptsRoot: header.receiptsRoot,
      logsBloom: header.logsBloom,
      number: 0n,
      gasLimit: BigInt(header.gasLimit),
      gasUsed: 0n,
      timestamp: BigInt(header.timestamp),
      extraData: header.extraData,
      prevRandao: header.mixHash,
      baseFeePerGas: BigInt(header.baseFeePerGas),
      withdrawalsRoot: header.withdrawalsRoot,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: header.parentBeaconBlockRoot,
      requestsHash: header.requestsHash,
    },
    alloc: new Map(
      accounts.map(([address, { balance, nonce, code, storage }]): [Address, GenesisAccount] => [
        address.toLowerCase() as Address,
        {
          balance: BigInt(balance),
          nonce: BigInt(nonce),
          code,
          storage: new Map(Object.entries(storage) as [Hex, Hex][]),
        },
      ]),
    ),
  }
}
