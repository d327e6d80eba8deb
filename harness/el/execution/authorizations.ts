import type { Address } from 'viem'
import { concatBytes, hexToBytes } from '../../../node/protocol/bytes.ts'
import type { Machine } from './machine.ts'
import { emptyAccount } from './state/account.ts'
import { checkWatch } from './step-watch.ts'
import type { Authorization } from './transaction.ts'

/** EIP-7702: a delegation is this and an address. */
const delegationPrefix = [0xef, 0x01, 0x00] as const
const delegationLength = 23
/** PER_EMPTY_ACCOUNT_COST − PER_AUTH_BASE_COST: given back when the authority exists already. */
const existingAccountRefund = 12_500n
const nonceMax = 2n ** 64n - 1n
/** A signer is found in about 100 µs. */
const authorizationsPerCheck = 8
const zeroAddress: Address = `0x${'00'.repeat(20)}`

export function isDelegation(code: Uint8Array): boolean {
  return code.length === delegationLength && delegationPrefix.every((byte, index) => code[index] === byte)
}

/**
 * Installs the delegations of a type 4 transaction; one that is not valid is skipped.
 * Source: EIP-7702, "Behavior".
 * @returns The refund.
 * @throws what the watch of the machine throws, between two of them.
 */
export async function applyAuthorizations(
  { evm, state }: Machine,
  chainId: bigint,
  authorizations: readonly Authorization[],
): Promise<bigint> {
  let refund = 0n
  for (const [index, authorization] of authorizations.entries()) {
    if (index % authorizationsPerCheck === authorizationsPerCheck - 1) await checkWatch(evm)
    const { chainId: onChain, address, nonce } = authorization
    if ((onChain !== 0n && onChain !== chainId) || nonce === nonceMax) continue
    // Asked for last: to find it is nearly all of the work.
    const { authority } = authorization
    if (authority === null) continue
    evm.journal.addAlwaysWarmAddress(authority)
    const code = state.code(authority)
    const account = state.account(authority)
    if (code.length > 0 && !isDelegation(code)) continue
    if ((account?.nonce ?? 0n) !== nonce) continue
    if (account !== undefined) refund += existingAccountRefund
    state.setAccount(authority, { ...(account ?? emptyAccount), nonce: nonce + 1n })
    state.setCode(
      authority,
      address === zeroAddress
        ? new Uint8Array()
        : concatBytes([Uint8Array.from(delegationPrefix), hexToBytes(address)]),
    )
  }
  return refund
}
