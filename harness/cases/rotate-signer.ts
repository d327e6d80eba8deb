import { createWalletClient, custom, encodeFunctionData, parseAbi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { World } from '../world/world.ts'

/** Of SystemConfig; only its owner may. */
export const setSignerSignature = 'function setUnsafeBlockSigner(address signer)'
/** Which of `accounts.users` becomes the signer: no node has its key. */
export const strangerIndex = 5

/** Sends the transaction that names another signer of unsafe blocks. The next L1 block has it. */
export async function rotateSigner({ l1, accounts, rollup, parameters }: World): Promise<void> {
  const stranger = accounts.users[strangerIndex]
  if (stranger === undefined) throw new Error(`expected more than ${strangerIndex} users`)
  const transport = custom({
    request: ({ method, params }: { readonly method: string; readonly params?: readonly unknown[] }) =>
      l1.rpc.request(method, params ?? []),
  })
  const wallet = createWalletClient({ account: privateKeyToAccount(accounts.owner.privateKey), transport })
  await wallet.sendTransaction({
    chain: {
      ...{ id: parameters.l1ChainId, name: 'l1', rpcUrls: { default: { http: [] } } },
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    },
    to: rollup.l1SystemConfigAddress,
    data: encodeFunctionData({
      ...{ abi: parseAbi([setSignerSignature]), functionName: 'setUnsafeBlockSigner' },
      args: [stranger.address],
    }),
  })
}
