import type { Hash, Hex } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { bytesEqual, bytesToHex, hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { create2Deployer } from './create2-deployer.ts'
import type { Machine } from './machine.ts'
import { emptyCodeHash } from './state/account.ts'
import type { JournaledState } from './state/journaled-state.ts'
import type { ElConfig } from './types.ts'

const beaconRoots: Hex = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02'
const historyStorage: Hex = '0x0000f90827f1c53a10cb7a02335b175320002935'
/** The ring buffers of EIP-4788 and of EIP-2935 are equally long. */
const ringLength = 8191n

/**
 * What happens to the state before the first transaction: in Canyon's first block the create2 deployer gets its code
 * (canyon/overview.md); from Ecotone on the parent beacon block root goes into EIP-4788's contract; from Isthmus on the
 * parent's hash goes into EIP-2935's. A contract that is not there yet changes nothing.
 *
 * The slots are written directly. The code of both contracts is fixed and a call from the system address can do
 * nothing else; a witness of a real block does not hold the system address that a call would look up.
 */
export function beginBlock(
  config: ElConfig,
  { state, environment }: Machine,
  parentHash: Hash,
  parentBeaconBlockRoot: Hash | undefined,
): void {
  const { timestamp, number } = environment
  if (config.forks.canyon === timestamp)
    state.setCode(create2Deployer.address, hexToBytes(create2Deployer.code))
  if (isForkActive(config.forks, 'ecotone', timestamp) && parentBeaconBlockRoot !== undefined) {
    const index = timestamp % ringLength
    write(state, beaconRoots, index, uintToBytes(timestamp))
    write(state, beaconRoots, index + ringLength, hexToBytes(parentBeaconBlockRoot))
  }
  if (isForkActive(config.forks, 'isthmus', timestamp))
    write(state, historyStorage, (number - 1n) % ringLength, hexToBytes(parentHash))
  state.endTransaction()
}

function write(state: JournaledState, contract: Hex, slot: bigint, value: Uint8Array): void {
  const account = state.account(contract)
  if (account === undefined || bytesEqual(account.codeHash, emptyCodeHash)) return
  state.setSlot(contract, bytesToHex(uintToBytes(slot, 32)), value)
}
