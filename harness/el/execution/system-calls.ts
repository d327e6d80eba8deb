import { type Address, createAddressFromString, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import type { Hash } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { uintToBytes } from '../../../node/protocol/bytes.ts'
import type { EvmBlock } from './block-machine.ts'
import type { JournaledState } from './journaled-state.ts'
import type { ElConfig } from './types.ts'

const beaconRoots = createAddressFromString('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')
const historyStorage = createAddressFromString('0x0000f90827f1c53a10cb7a02335b175320002935')
/** The ring buffers of EIP-4788 and of EIP-2935 are equally long. */
const ringLength = 8191n

/**
 * What the system calls at the start of every block do: the parent beacon block root goes into EIP-4788's contract
 * (from Ecotone on), the parent's hash into EIP-2935's (from Isthmus on). A contract that is not there yet changes
 * nothing.
 *
 * The slots are written directly. The code of both contracts is fixed and a call from the system address can do
 * nothing else; a witness of a real block does not hold the system address that a call would look up.
 */
export async function runSystemCalls(
  config: ElConfig,
  state: JournaledState,
  block: EvmBlock,
  parentHash: Hash,
  parentBeaconBlockRoot: Hash | undefined,
): Promise<void> {
  const { timestamp, number } = block.header
  if (isForkActive(config.forks, 'ecotone', timestamp) && parentBeaconBlockRoot !== undefined) {
    const index = timestamp % ringLength
    await write(state, beaconRoots, [
      [index, uintToBytes(timestamp)],
      [index + ringLength, hexToBytes(parentBeaconBlockRoot)],
    ])
  }
  if (isForkActive(config.forks, 'isthmus', timestamp))
    await write(state, historyStorage, [[(number - 1n) % ringLength, hexToBytes(parentHash)]])
}

async function write(
  state: JournaledState,
  contract: Address,
  slots: readonly (readonly [bigint, Uint8Array])[],
): Promise<void> {
  if ((await state.getAccount(contract))?.isContract() !== true) return
  for (const [slot, value] of slots)
    await state.putStorage(contract, setLengthLeft(uintToBytes(slot), 32), value)
}
