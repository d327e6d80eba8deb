import type { Hash, TransactionReceipt } from 'viem'
import { z } from 'zod'
import { orAbsent } from '../../node/adapters/absence.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import type { Account } from '../genesis/accounts.ts'
import type { ElComponent } from '../world/live/components.ts'
import { connectEngines } from '../world/live/execution-engines.ts'
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

export function createElNode(run: Run, component: ElComponent): ElNode {
  const { system } = run
  const { name, rpc, process } = component
  const endpoint = createChainEndpoint({
    name,
    chainId: system.parameters.l2ChainId,
    url: component.httpUrl,
    blockTime: system.parameters.l2BlockTime,
  })
  const transactor = createTransactor(run, name, endpoint)
  const peers = system.topology.elPeers.filter((pair) => pair.includes(name))
  const start = async () => {
    await process.start()
    await connectEngines(system.els, peers)
  }
  const block: ElNode['block'] = async (at) => {
    const byHash = typeof at === 'string' && at.startsWith('0x')
    const parameter = typeof at === 'string' ? at : `0x${at.toString(16)}`
    const method = byHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
    return blockSchema.parse(await orAbsent(rpc.request(method, [parameter, false], system.failed)))
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
    stop: () => process.stop(),
    start,
    async restart() {
      await process.stop()
      await start()
    },
    pause: () => process.pause(),
    resume: () => process.resume(),
  }
}
