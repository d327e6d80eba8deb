import type { Common } from '@ethereumjs/common'
import { type CustomPrecompile, EVMError, getActivePrecompiles, type PrecompileInput } from '@ethereumjs/evm'
import { Address, bytesToUnprefixedHex, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import { p256 } from '@noble/curves/nist'
import type { Address as HexAddress } from 'viem'
import { forkNames } from '../../../node/config/forks.ts'
import { type ActiveFork, activeFork, commonFor } from './hardfork.ts'
import type { ElConfig } from './types.ts'

/**
 * Largest inputs in bytes, by precompile and by the fork from which they hold.
 * Sources: {granite,isthmus,jovian,karst}/exec-engine.md, "Precompile Input Size Restrictions".
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
  { from: 'karst', address: 0x08, bytes: 57_600 },
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
  if (!isActive('fjord')) return limited
  const gas = isActive('karst') ? p256VerifyGas.karst : p256VerifyGas.fjord
  return [...limited, { address: addressOf(0x100), function: (input) => p256Verify(input, gas) }]
}

/** Addresses of every precompile that a block with that timestamp has. */
export function precompilesAt(config: ElConfig, timestamp: bigint): readonly HexAddress[] {
  const fork = activeFork(config, timestamp)
  const common = commonFor(config, fork)
  const active = getActivePrecompiles(common, opPrecompiles(common, fork))
  return [...active.keys()].sort().map((address): HexAddress => `0x${address}`)
}

/** Sources: fjord/exec-engine.md (RIP-7212); EIP-7951 from Osaka, so Karst, on. */
const p256VerifyGas = { fjord: 3_450n, karst: 6_900n }
const empty = new Uint8Array()

/**
 * 32 bytes of 1, or nothing when the signature or input is bad. What EIP-7951 mends of RIP-7212 (the point at infinity,
 * the comparison modulo the group's order) was never wrong here, so only the price depends on the fork.
 */
function p256Verify({ data, gasLimit }: PrecompileInput, gas: bigint) {
  if (gasLimit < gas) return failure(gasLimit)
  return {
    executionGasUsed: gas,
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
