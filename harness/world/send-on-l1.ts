import { type Address, createWalletClient, custom, type Hash, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Account } from '../genesis/accounts.ts'
import type { World } from './world.ts'

/** What is sent; nonce and fees are found out. */
export interface L1Transaction {
  readonly to: Address
  readonly data: Hex
  /** In wei. */
  readonly value?: bigint
  readonly gas?: bigint
}

/** Sends a transaction on L1 past every fault point. The next L1 block has it. */
export async function sendOnL1(
  { l1, parameters }: Pick<World, 'l1' | 'parameters'>,
  { privateKey }: Account,
  transaction: L1Transaction,
): Promise<Hash> {
  const transport = custom({
    request: ({ method, params }: { readonly method: string; readonly params?: readonly unknown[] }) =>
      l1.rpc.request(method, params ?? []),
  })
  const wallet = createWalletClient({ account: privateKeyToAccount(privateKey), transport })
  return wallet.sendTransaction({
    chain: {
      ...{ id: parameters.l1ChainId, name: 'l1', rpcUrls: { default: { http: [] } } },
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    },
    ...transaction,
  })
}
