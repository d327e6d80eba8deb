import type { Address, Hash } from 'viem'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { emptyAccount } from './state/account.ts'
import { JournaledState } from './state/journaled-state.ts'
import type { StateReader } from './state/state-reader.ts'
import type { GenesisAccount, StateBatch } from './types.ts'

/** The state of an allocation. Accounts without anything are part of it, as in geth. */
export function allocate(
  reader: StateReader,
  alloc: ReadonlyMap<Address, GenesisAccount>,
): { readonly root: Hash; readonly messagePasserRoot: Hash; readonly batch: StateBatch } {
  const state = new JournaledState(reader, emptyTrieRoot)
  for (const [address, { balance, nonce, code, storage }] of alloc) {
    state.setAccount(address, { ...emptyAccount, balance, nonce })
    if (code !== '0x') state.setCode(address, hexToBytes(code))
    for (const [slot, value] of storage) state.setSlot(address, slot, hexToBytes(value))
  }
  const { root, batch } = state.seal()
  const messagePasser = state.account(predeploys.l2ToL1MessagePasser)
  return {
    root,
    messagePasserRoot: messagePasser === undefined ? emptyTrieRoot : bytesToHex(messagePasser.storageRoot),
    batch,
  }
}
