import {
  type Address,
  type Hash,
  type Hex,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem'
import type { Account } from '../genesis/accounts.ts'
import type { ChainEndpoint } from './chain-client.ts'
import type { Run } from './run.ts'

/** What a scenario decides about a transaction; nonce, gas and fees are found out. */
export interface SendOptions {
  readonly to?: Address
  /** In wei. */
  readonly value?: bigint
  readonly data?: Hex
  readonly gas?: bigint
}

export interface Transactor {
  send(from: Account, transaction: SendOptions): Promise<Hash>
  included(hash: Hash): Promise<TransactionReceipt>
}

/** Sends transactions to one chain endpoint and waits for them with the run's own waits. */
export function createTransactor(run: Run, layer: string, endpoint: ChainEndpoint): Transactor {
  const { client, wallet } = endpoint
  return {
    async send(from, transaction) {
      const sender = wallet(from)
      if (sender.account === undefined) throw new Error(`no account ${from.address}`)
      return sender.sendTransaction({ account: sender.account, chain: sender.chain ?? null, ...transaction })
    },
    included: (hash) =>
      run.wait({
        what: `${layer}: includes ${hash}`,
        expected: `a receipt of ${hash} at ${layer}`,
        limits: run.limits('transaction', 5n),
        streams: [],
        async look() {
          try {
            return { done: true, value: await client.getTransactionReceipt({ hash }) }
          } catch (error) {
            if (!(error instanceof TransactionReceiptNotFoundError)) throw error
            const head = await client.getBlockNumber({ cacheTime: 0 })
            return { done: false, found: `no receipt; head is ${head}`, progress: 'none' }
          }
        },
      }),
  }
}
