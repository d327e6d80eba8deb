import { toHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { expect, it } from 'vitest'
import { deriveAccounts } from './accounts.ts'

it('has the accounts that the test mnemonic gives', () => {
  const { batcher, sequencer, owner, users } = deriveAccounts()
  const found = [batcher, sequencer, ...users]
  const expected = found.map((_, addressIndex) => {
    const account = mnemonicToAccount('test test test test test test test test test test test junk', {
      addressIndex,
    })
    return { address: account.address.toLowerCase(), privateKey: toHex(account.getHdKey().privateKey!) }
  })
  expect(found).toEqual(expected)
  expect(found).toHaveLength(10)
  expect(owner).toBe(users[0])
})
