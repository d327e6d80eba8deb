import type { Hash, TransactionReceipt } from 'viem'
import { z } from 'zod'
import { orAbsent } from '../../node/adapters/absence.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import type { Account } from '../genesis/accounts.ts'
import type { ElHandle } from '../world/world.ts'
import { type ChainClient, createChainEndpoint } from './chain-client.ts'
import type { Run } from './run.ts'
import { createTransactor, type SendOptions } from './transactions.ts'

/** An L2 execution engine, as scenarios see it. */
export interface ElNode {
  readonly name: string
  /** viem, straight to the engine. */
  readonly client: ChainClient
  /** A canonical block by number or label, any block by hash; null when the engine has none. */
  block(at: number | bigint | Hash | 'latest'): Promise<ElBlock | null>
  /** Signs and sends; resolves with the hash when it is in the pool. */
  sendTransaction(from: Account, transaction: SendOptions): Promise<Hash>
  /** Waits until the transaction is in a block, whoever sent it. */
  included(hash: Hash): Promise<TransactionReceipt>
  /** Waits until its newest block has that gas limit. */
  reachedGasLimit(gasLimit: bigint): Promise<ElBlock>
  stop(): Promise<void>
  /** Starts it again, and makes it known to its peers. */
  start(): Promise<void>
  restart(): Promise<void>
  /** SIGSTOP: it accepts connections and answers nothing. */
  pause(): Promise<void>
  resume(): Promise<void>
}

/** The part of a block that scenarios compare. Quantities as the block has them. */
export interface ElBlock extends BlockId {
  readonly parentHash: Hash
  readonly timestamp: bigint
  readonly gasLimit: bigint
}

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(BigInt)
const hash = z.string().regex(/^0x[0-9a-f]{64}$/) as unknown as z.ZodType<Hash>
const blockSchema = z
  .object({ hash, number: quantity, parentHash: hash, timestamp: quantity, gasLimit: quantity })
  .nullable()

export function createElNode(run: Run, component: ElHandle): ElNode {
  const { world } = run
  const { name, rpc, lifecycle } = component
  const endpoint = createChainEndpoint({
    name,
    chainId: world.parameters.l2ChainId,
    rpc,
    blockTime: world.parameters.l2BlockTime,
  })
  const transactor = createTransactor(run, name, endpoint)
  const start = async () => {
    await lifecycle.start()
    await component.connectPeers()
  }
  const block: ElNode['block'] = async (at) => {
    const byHash = typeof at === 'string' && at.startsWith('0x')
    const parameter = typeof at === 'string' ? at : `0x${at.toString(16)}`
    const method = byHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
    return blockSchema.parse(await orAbsent(rpc.request(method, [parameter, false], world.failed)))
  }
  return {
    name,
    client: endpoint.client,
    block,
    reachedGasLimit: (gasLimit) =>
      run.wait({
        what: `${name}: the gas limit becomes ${gasLimit}`,
        expected: `the newest block of ${name} with the gas limit ${gasLimit}`,
        limits: run.limits('transaction', 5n),
        streams: [],
        async look() {
          const latest = await block('latest')
          return latest?.gasLimit === gasLimit
            ? { done: true, value: latest }
            : { done: false, found: `block ${latest?.number} has ${latest?.gasLimit}`, progress: 'none' }
        },
      }),
    sendTransaction: transactor.send,
    included: transactor.included,
    stop: () => lifecycle.stop(),
    start,
    async restart() {
      await lifecycle.stop()
      await start()
    },
    pause: () => lifecycle.pause(),
    resume: () => lifecycle.resume(),
  }
}
