import type { Hash } from 'viem'
import type { Account } from '../genesis/accounts.ts'
import { explained } from './explained.ts'
import type { Run } from './run.ts'

/** The batcher, as scenarios see it. */
export interface BatcherNode {
  start(): Promise<void>
  /** Resolves when it submits nothing any more. */
  stop(): Promise<void>
  /** Goes on with another account, as when an operator starts a new batcher: it knows nothing of what the old one sent. */
  useAccount(account: Account): Promise<void>
  /** Puts what it sends from now on into blobs. */
  useBlobs(): void
  /** Puts what it sends from now on into calldata, as at the beginning. */
  useCalldata(): void
  /** Waits for a transaction to the batch inbox in the L1 pool. */
  pendingTransaction(): Promise<Hash>
}

/** @throws on use, when the topology has no batcher. */
export function createBatcherNode(run: Run): BatcherNode {
  const { world } = run
  const batcher = () => {
    if (world.batcher === null) throw new Error(`topology ${world.topology.name} has no batcher`)
    return world.batcher
  }
  const inbox = world.rollup.batchInboxAddress
  const node: BatcherNode = {
    start: async () => batcher().start(),
    stop: async () => batcher().stop(),
    useAccount: async (account) => batcher().useAccount(account),
    useBlobs: () => batcher().useDataAvailability('blobs'),
    useCalldata: () => batcher().useDataAvailability('calldata'),
    pendingTransaction: () =>
      run.wait({
        what: 'batcher: submits a batch',
        expected: `a pending L1 transaction to the batch inbox ${inbox}`,
        limits: run.limits('localSafe', 1n),
        streams: [],
        async look() {
          const [first] = await world.l1.controller.pending(inbox)
          return first === undefined
            ? { done: false, found: 'no pending transaction to it' }
            : { done: true, value: first }
        },
      }),
  }
  const deeds = { start: 'started', stop: 'stopped', useAccount: 'given another account' }
  return explained(run, { as: 'batcher', component: 'batcher', deeds }, node)
}
