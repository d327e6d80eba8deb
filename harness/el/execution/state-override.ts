import { hexToBytes } from '../../../node/protocol/bytes.ts'
import type { Machine } from './machine.ts'
import { emptyAccount } from './state/account.ts'
import type { AccountOverride } from './types.ts'

/**
 * Changes the state as if a transaction before the call had done it. An account that is named is no precompile any more,
 * so that code can stand in its place. Source: geth, `StateOverride.Apply`.
 * @returns what gives the machine its precompiles back.
 */
export function overrideState({ evm, state }: Machine, overrides: readonly AccountOverride[]): () => void {
  const precompiles = new Map(evm.precompiles)
  for (const { address, balance, nonce, code, storage } of overrides) {
    // Warm it stays: that is a matter of the fork alone (EIP-2929).
    if (evm.precompiles.delete(address.slice(2))) evm.journal.addAlwaysWarmAddress(address)
    const account = state.account(address) ?? emptyAccount
    state.setAccount(address, {
      ...account,
      balance: balance ?? account.balance,
      nonce: nonce ?? account.nonce,
    })
    if (code !== undefined) state.setCode(address, hexToBytes(code))
    if (storage?.replacesAll) state.clearSlots(address)
    for (const [slot, value] of storage?.slots ?? []) state.setSlot(address, slot, hexToBytes(value))
  }
  state.endTransaction()
  return () => {
    evm.journal.cleanJournal()
    // Into the same map, which is the EVM's own, and in the same order.
    evm.precompiles.clear()
    for (const [address, run] of precompiles) evm.precompiles.set(address, run)
  }
}
