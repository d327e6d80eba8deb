import type { Hash, Hex } from 'viem'
import { serializeTransaction } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { testRollupConfig } from '../../node/derivation/pipeline/testing/test-config.ts'
import { uintToBytes } from '../../node/protocol/bytes.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import { type BlockId, type L2BlockRef, zeroHash } from '../../node/protocol/refs.ts'

/** L2 blocks in each L1 block's time, unless told otherwise: 2 s and 12 s. */
export const l2BlocksPerEpoch = 6
export const l2BlockTimeS = 2n
export const genesisTimeS = 1_700_000_000n

export const batcher = privateKeyToAccount(seededHash('batcher', 0))

/** A chain with every fork active, two-second blocks and the sequencing window of OP Mainnet. */
export function benchConfig(l1Genesis: BlockId): RollupConfig {
  const base = testRollupConfig('jovian', { l1Genesis, blockTime: l2BlockTimeS, seqWindowSize: 3600n })
  return {
    ...base,
    genesis: {
      ...base.genesis,
      l2: { hash: l2Hash(0), number: 0n },
      l2Time: genesisTimeS,
      systemConfig: { ...base.genesis.systemConfig, batcherAddr: lower(batcher.address) },
    },
  }
}

/**
 * The hash of an L2 block is a function of its number alone, so that the batches of any stretch of the chain can be made
 * without building what comes before it.
 */
export function l2Hash(number: number): Hash {
  return seededHash('l2', number)
}

/** The block as a batch names it; `originHash` is the hash of the L1 block that its number puts it on. */
export function l2Ref(number: number, originHash: Hash, perEpoch = l2BlocksPerEpoch): L2BlockRef {
  return {
    hash: l2Hash(number),
    number: BigInt(number),
    parentHash: number === 0 ? zeroHash : l2Hash(number - 1),
    timestamp: genesisTimeS + BigInt(number) * l2BlockTimeS,
    l1Origin: { hash: originHash, number: BigInt(originNumber(number, perEpoch)) },
    sequenceNumber: BigInt(number % perEpoch),
  }
}

export function originNumber(l2Number: number, perEpoch = l2BlocksPerEpoch): number {
  return Math.floor(l2Number / perEpoch)
}

export function seededHash(domain: string, index: number): Hash {
  return keccak256(Buffer.concat([Buffer.from(domain), uintToBytes(BigInt(index), 8)]))
}

const poolSize = 4096
const pools = new Map<number, readonly Hex[]>()

/**
 * EIP-1559 transactions of a chain, as compressible as real ones: two of five are transfers, the others call a token with
 * an address and an amount; signatures are random and recover to somebody. The same for every run.
 */
export function transactionPool(chainId: number): readonly Hex[] {
  const known = pools.get(chainId)
  if (known !== undefined) return known
  const pool = Array.from({ length: poolSize }, (_, index) => {
    const random = seededHash('transaction', index)
    const account = (seed: Hash) => `0x${seed.slice(26)}` as const
    const call =
      `0xa9059cbb${'0'.repeat(24)}${random.slice(2, 42)}${random.slice(54).padStart(64, '0')}` as Hex
    return serializeTransaction(
      {
        type: 'eip1559',
        chainId,
        nonce: index,
        gas: index % 5 < 2 ? 21_000n : 65_000n,
        maxFeePerGas: 1_000_000_000n + BigInt(index % 97) * 1_000_003n,
        maxPriorityFeePerGas: 1_000_000n,
        to: account(seededHash('account', index % 200)),
        value: index % 5 < 2 ? BigInt(random.slice(0, 16)) : 0n,
        ...(index % 5 < 2 ? {} : { data: call }),
      },
      {
        r: `0x0${random.slice(3)}`,
        s: `0x0${seededHash('s', index).slice(3)}`,
        yParity: (index % 2) as 0 | 1,
      },
    )
  })
  pools.set(chainId, pool)
  return pool
}

/** `count` transactions that differ from those of the blocks around `block`. */
export function poolSlice(chainId: number, block: number, count: number): readonly Hex[] {
  const pool = transactionPool(chainId)
  const start = (block * Math.max(1, count)) % poolSize
  const slice = pool.slice(start, start + count)
  return slice.length === count ? slice : [...slice, ...pool.slice(0, count - slice.length)]
}

function lower<T extends string>(text: T): T {
  return text.toLowerCase() as T
}
