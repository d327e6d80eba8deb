import { encodeFunctionData, type Hex, parseAbi } from 'viem'
import type { Account } from '../genesis/accounts.ts'
import { sendOnL1 } from '../world/send-on-l1.ts'
import type { World } from '../world/world.ts'

/** Gas on L2: what a plain transfer takes, and as much to spare. */
const l2Gas = 100_000n

/** Call data for the portal: one wei for whoever sends it. */
export const depositCall = ({ address }: Account): Hex =>
  encodeFunctionData({
    abi: parseAbi([
      'function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes data) payable',
    ]),
    functionName: 'depositTransaction',
    args: [address, 1n, l2Gas, false, '0x'],
  })

/** Sends a deposit on L1. The next L1 block has it, and the first L2 block of that epoch. */
export async function deposit(world: World, user: number): Promise<void> {
  const account = world.accounts.users[user]
  if (account === undefined) throw new Error(`expected more than ${user} users`)
  const { depositContractAddress: to } = world.rollup
  await sendOnL1(world, account, { to, value: 1n, data: depositCall(account) })
}
