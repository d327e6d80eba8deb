import type { Hash, TransactionReceipt } from 'viem'
import { type BlockId, formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'
import type { Account } from '../genesis/accounts.ts'
import type { MineOptions, ReorgOptions, ReorgResult, SwitchOptions } from '../l1/controller.ts'
import { type ChainClient, createChainEndpoint } from './chain-client.ts'
import { explained } from './explained.ts'
import type { Run } from './run.ts'
import { createTransactor, type SendOptions } from './transactions.ts'

/**
 * L1, which the scenario controls.
 *
 * @example
 * ```ts
 * import type { L1Node } from 'lockstep'
 *
 * // Leaves the last three blocks for a fork, and comes back to the very same ones.
 * export async function flipFlop(l1: L1Node): Promise<void> {
 *   const { number } = await l1.head()
 *   await l1.reorg(number - 2n, { as: 'other' })
 *   await l1.advanced(2)
 *   await l1.switchTo('main')
 * }
 * ```
 */
export interface L1Node {
  /** viem, through the gateway that the nodes use. */
  readonly client: ChainClient
  /** Mines by hand, also while production is on. */
  mine(options?: MineOptions): Promise<readonly L1BlockRef[]>
  /**
   * Replaces that block and all above it by a fork, new or one that was: `{ to: orphaned }`. Nothing keeps it above what L1
   * has called finalized (`block('finalized')`), unless `keepFinalized` does: below that, a node that has finalized L2
   * blocks of the old chain cannot go on, and ends with that as its reason. A scenario does it for just that.
   * @throws when a replaced block has the hash of the old one.
   */
  reorg(at: BlockId | bigint, options?: ReorgOptions): Promise<ReorgResult>
  /** Goes back to a chain that L1 was, as {@link reorg} does, by its name: `main` is the first, a reorg may name others by `as`. */
  switchTo(fork: string, options?: SwitchOptions): Promise<ReorgResult>
  startProduction(): void
  /** Resolves when no block is being made any more. */
  stopProduction(): Promise<void>
  head(): Promise<L1BlockRef>
  /** A canonical block by number or label. */
  block(at: bigint | 'latest' | 'safe' | 'finalized'): Promise<L1BlockRef>
  isCanonical(block: BlockId): boolean
  /** Waits for that many more L1 blocks. */
  advanced(by: number | bigint): Promise<L1BlockRef>
  sendTransaction(from: Account, transaction: SendOptions): Promise<Hash>
  /** Waits until the transaction is in a block. */
  included(hash: Hash): Promise<TransactionReceipt>
}

const deeds = {
  reorg: 'reorged',
  switchTo: 'reorged',
  startProduction: 'told to make blocks',
  stopProduction: 'told to make no blocks',
} as const

export function createL1Node(run: Run): L1Node {
  const { world } = run
  const { controller, rpc } = world.l1
  const endpoint = createChainEndpoint({
    name: 'l1',
    chainId: world.parameters.l1ChainId,
    rpc,
    blockTime: world.parameters.l1BlockTime,
  })
  const transactor = createTransactor(run, 'l1', endpoint)
  const node: L1Node = {
    client: endpoint.client,
    mine: (options) => controller.mine(options),
    reorg: (at, options) => controller.reorg(typeof at === 'bigint' ? at : at.number, options),
    switchTo: (fork, options) => controller.switchTo(fork, options),
    startProduction: () => controller.start(),
    stopProduction: () => controller.stop(),
    head: () => controller.head(),
    block: (at) => controller.block(at),
    isCanonical: (block) => world.l1.view.isCanonical(block),
    async advanced(by) {
      const target = (await controller.head()).number + BigInt(by)
      return run.wait({
        what: `l1: reaches ${target}`,
        expected: `l1 head ≥ ${target}`,
        limits: run.limits('l1', BigInt(by)),
        streams: [],
        async look() {
          const head = await controller.head()
          return head.number >= target
            ? { done: true, value: head }
            : { done: false, found: `l1 head is ${formatRef(head)}` }
        },
      })
    },
    sendTransaction: transactor.send,
    included: transactor.included,
  }
  return explained(run, { as: 'l1', component: 'l1', deeds }, node)
}
