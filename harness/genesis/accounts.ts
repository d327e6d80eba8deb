import { type Address, type Hex, toHex } from 'viem'
import { mnemonicToAccount, privateKeyToAddress } from 'viem/accounts'

/** A funded account of a devstack. The key is public knowledge: it comes from the well-known test mnemonic. */
export interface Account {
  readonly address: Address
  readonly privateKey: Hex
}

export interface Accounts {
  /** Sends batches on L1. */
  readonly batcher: Account
  /** Signs gossiped blocks. */
  readonly sequencer: Account
  /** Owns the L1 SystemConfig; receives the fee vaults' withdrawals. */
  readonly owner: Account
  /** Free for scenarios; `users[0]` is the owner. */
  readonly users: readonly Account[]
}

const testMnemonic = 'test test test test test test test test test test test junk'
const userCount = 8

/** The accounts of every devstack, funded on both layers. */
export function deriveAccounts(): Accounts {
  // The mnemonic is stretched once, which takes as long as all the rest of a chain's making.
  const parent = mnemonicToAccount(testMnemonic, { path: "m/44'/60'/0'/0" }).getHdKey()
  const [batcher, sequencer, ...users] = Array.from({ length: userCount + 2 }, (_, index) =>
    account(parent.deriveChild(index).privateKey),
  ) as [Account, Account, Account, ...Account[]]
  return { batcher, sequencer, owner: users[0], users }
}

function account(key: Uint8Array | null): Account {
  if (key === null) throw new Error('the HD key has no private part')
  const privateKey = toHex(key)
  return { address: privateKeyToAddress(privateKey).toLowerCase() as Address, privateKey }
}
