import {
  type Chain,
  type Client,
  createPublicClient,
  createWalletClient,
  custom,
  defineChain,
  type PublicActions,
  type WalletClient,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { Account } from '../genesis/accounts.ts'

/** viem's public client, without the types of one particular chain. */
export type ChainClient = Client & PublicActions

/** viem on one chain of a world. */
export interface ChainEndpoint {
  readonly client: ChainClient
  wallet(from: Account): WalletClient
}

export interface ChainEndpointOptions {
  readonly name: string
  readonly chainId: number
  readonly rpc: Pick<JsonRpcClient, 'request'>
  /** In seconds. */
  readonly blockTime: number
}

export function createChainEndpoint(options: ChainEndpointOptions): ChainEndpoint {
  const chain: Chain = defineChain({
    id: options.chainId,
    name: options.name,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    // Calls go through the handle, wherever that is.
    rpcUrls: { default: { http: [] } },
  })
  // The run's own waits decide about retries.
  const transport = custom(
    { request: ({ method, params = [] }) => options.rpc.request(method, params) },
    { retryCount: 0 },
  )
  const pollingInterval = (options.blockTime * 1000) / 4
  return {
    // An answer that is kept would be of another time.
    client: createPublicClient({ chain, transport, pollingInterval, cacheTime: 0 }) as ChainClient,
    wallet: (from) => createWalletClient({ chain, transport, account: privateKeyToAccount(from.privateKey) }),
  }
}
