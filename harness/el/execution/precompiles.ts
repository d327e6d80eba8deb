import type { Common } from '@ethereumjs/common'
import { type CustomPrecompile, EVMError, getActivePrecompiles, type PrecompileInput } from '@ethereumjs/evm'
import { Address, bytesToUnprefixedHex, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import { p256 } from '@noble/curves/nist'
import { forkNames } from '../../../node/config/forks.ts'
import type { ActiveFork } from './hardfork.ts'

/**
 * Largest inputs in bytes, by precompile and by the fork from which they hold.
 * Sources: granite/exec-engine.md, isthmus/exec-engine.md, jovian/exec-engine.md, "Precompile Input Size Restrictions".
 */
const inputLimits: readonly {
  readonly from: ActiveFork
  readonly address: number
  readonly bytes: number
}[] = [
  { from: 'granite', address: 0x08, bytes: 112_687 },
  { from: 'isthmus', address: 0x0c, bytes: 513_760 },
  { from: 'isthmus', address: 0x0e, bytes: 488_448 },
  { from: 'isthmus', address: 0x0f, bytes: 235_008 },
  { from: 'jovian', address: 0x08, bytes: 81_984 },
  { from: 'jovian', address: 0x0c, bytes: 288_960 },
  { from: 'jovian', address: 0x0e, bytes: 278_784 },
  { from: 'jovian', address: 0x0f, bytes: 156_672 },
]

/** The precompiles in which a fork differs from Ethereum. */
export function opPrecompiles(common: Common, fork: ActiveFork): CustomPrecompile[] {
  const isActive = (from: ActiveFork) => order(from) <= order(fork)
  const builtIn = getActivePrecompiles(common)
  const limits = new Map<number, number>()
  for (const { from, address, bytes } of inputLimits) if (isActive(from)) limits.set(address, bytes)
  const limited = [...limits].map(([number, bytes]): CustomPrecompile => {
    const address = addressOf(number)
    const original = builtIn.get(bytesToUnprefixedHex(address.bytes))
    if (original === undefined) throw new Error(`EthereumJS has no precompile at ${address}`)
    return {
      address,
      function: (input: PrecompileInput) =>
        input.data.length > bytes ? failure(input.gasLimit) : original(input),
    }
  })
  return isActive('fjord') ? [...limited, { address: addressOf(0x100), function: p256Verify }] : limited
}

const p256VerifyGas = 3_450n
const empty = new Uint8Array()

/** RIP-7212 at the price of fjord/exec-engine.md: 32 bytes of 1, or nothing when the signature or input is bad. */
function p256Verify({ data, gasLimit }: PrecompileInput) {
  if (gasLimit < p256VerifyGas) return failure(gasLimit)
  return {
    executionGasUsed: p256VerifyGas,
    returnValue: isValidP256(data) ? setLengthLeft(Uint8Array.of(1), 32) : empty,
  }
}

function isValidP256(data: Uint8Array): boolean {
  if (data.length !== 160) return false
  const publicKey = new Uint8Array(65)
  publicKey[0] = 4
  publicKey.set(data.subarray(96), 1)
  try {
    return p256.verify(data.subarray(32, 96), data.subarray(0, 32), publicKey, {
      lowS: false,
      prehash: false,
    })
  } catch {
    return false
  }
}

/** All gas is used up, as for any precompile that fails. */
function failure(gasLimit: bigint) {
  return {
    executionGasUsed: gasLimit,
    returnValue: empty,
    exceptionError: new EVMError(EVMError.errorMessages.OUT_OF_GAS),
  }
}

function order(fork: ActiveFork): number {
  return fork === 'bedrock' ? -1 : forkNames.indexOf(fork)
}

function addressOf(number: number): Address {
  return new Address(setLengthLeft(hexToBytes(`0x${number.toString(16).padStart(4, '0')}`), 20))
}
