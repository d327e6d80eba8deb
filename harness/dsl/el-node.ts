import type { Hash, TransactionReceipt } from 'viem'
import type { Account } from '../genesis/accounts.ts'
import type { ElHandle } from '../world/world.ts'
import { needAction } from './capabilities.ts'
import { type ChainClient, createChainEndpoint } from './chain-client.ts'
import { type ElBlock, readElBlock } from './el-block.ts'
import { explained } from './explained.ts'
import type { Run } from './run.ts'
import { createTransactor, type SendOptions } from './transactions.ts'

/** An L2 execution engine, as scenarios see it. */
export interface ElNode {
  readonly name: string
  readonly running: boolean
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
  /** Stop and start. An engine without a datadir has forgotten everything then, one with a datadir nothing. */
  restart(): Promise<void>
  /** Stops it and removes all that it stored; it stays stopped. */
  wipe(): Promise<void>
  /** It accepts connections and answers nothing, until `resume`. */
  pause(): Promise<void>
  resume(): Promise<void>
}

const deeds = {
  stop: 'stopped',
  start: 'started',
  restart: 'restarted',
  wipe: 'wiped',
  pause: 'paused',
  resume: 'resumed',
} as const

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
  const block: ElNode['block'] = (at) => readElBlock(component, at, world.failed)
  const node: ElNode = {
    name,
    get running() {
      return lifecycle.running
    },
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
    async stop() {
      needAction(component, 'stop')
      await lifecycle.stop()
    },
    start,
    async restart() {
      needAction(component, 'stop')
      await lifecycle.stop()
      await start()
    },
    async wipe() {
      needAction(component, 'wipe')
      await lifecycle.wipe()
    },
    async pause() {
      needAction(component, 'pause')
      await lifecycle.pause()
    },
    resume: () => lifecycle.resume(),
  }
  return explained(run, { as: name, component: name, deeds }, node)
}
