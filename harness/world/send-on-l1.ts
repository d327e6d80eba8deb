import { type Address, BaseError, createWalletClient, custom, type Hash, type Hex } from 'viem'
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

/** So often another sender may be quicker. */
const triesMax = 5

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
  const chain = {
    ...{ id: parameters.l1ChainId, name: 'l1', rpcUrls: { default: { http: [] } } },
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  }
  for (let tries = 1; ; tries++) {
    try {
      return await wallet.sendTransaction({ chain, ...transaction })
    } catch (error) {
      if (!isNonceTaken(error) || tries >= triesMax) throw error
    }
  }
}

/** What the account's owner sent a moment ago came in between: the next nonce is another one by now. */
function isNonceTaken(error: unknown): boolean {
  const why = error instanceof BaseError ? error.walk() : error
  return why instanceof Error && /nonce too low|replacement transaction underpriced/i.test(why.message)
}
