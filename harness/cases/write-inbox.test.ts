import { privateKeyToAccount } from 'viem/accounts'
import { expect, it } from 'vitest'
import { deriveAccounts } from '../genesis/accounts.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { inboxStrangerIndex, withoutStranger } from './write-inbox.ts'
import { strangerTransfer } from './wrong-channel.ts'

it("the stranger's transfer is what its account signs", async () => {
  const user = deriveAccounts().users[inboxStrangerIndex]!
  const signed = await privateKeyToAccount(user.privateKey).signTransaction({
    ...{ type: 'eip1559', chainId: twoVerifiersFollowing.parameters.l2ChainId, nonce: 0 },
    ...{ to: user.address, value: 1n, gas: 21_000n },
    ...{ maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1n },
  })
  expect(signed).toBe(strangerTransfer)
})

// 1046, a campaign of mutants: users had sent from its account, and no engine took what the inbox was told of it.
it('the stranger is nobody who sends otherwise', () => {
  const accounts = deriveAccounts()
  const { users } = withoutStranger(accounts)
  expect(users).toHaveLength(accounts.users.length - 1)
  expect(users).not.toContain(accounts.users[inboxStrangerIndex])
})
