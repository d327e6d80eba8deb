import { type Address, type Hex, parseGwei } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { PayloadAttributes } from '../../../../node/protocol/payload.ts'
import { type TestChain, testAttributes } from '../../testing/test-el.ts'

/** Gets one wei by each transfer. */
export const recipient: Address = '0x00000000000000000000000000000000000000aa'
export const transfersPerBlock = 3

/** Attributes of block `number` of a chain whose every block has as many transfers; `salt` makes siblings differ. */
export async function attributesWithTransfers(
  chain: TestChain,
  number: number,
  salt = 0,
): Promise<PayloadAttributes> {
  const user = chain.accounts.users[1]
  if (user === undefined) throw new Error('no such user')
  const account = privateKeyToAccount(user.privateKey)
  const transfers = Array.from(
    { length: transfersPerBlock },
    (_, index): Promise<Hex> =>
      account.signTransaction({
        type: 'eip1559',
        chainId: 901,
        nonce: (number - 1) * transfersPerBlock + index,
        to: recipient,
        value: 1n,
        gas: 21_000n,
        maxFeePerGas: parseGwei('10'),
        maxPriorityFeePerGas: 0n,
      }),
  )
  const attributes = testAttributes(chain, BigInt(number), { salt, noTxPool: true })
  return { ...attributes, transactions: [...attributes.transactions, ...(await Promise.all(transfers))] }
}
