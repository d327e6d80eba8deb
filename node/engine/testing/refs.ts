import { type Hash, keccak256, toHex } from 'viem'
import type { L2BlockRef } from '../../protocol/refs.ts'

/** A block reference named by chain and number: `ref('a', 3n)` is block 3 of chain a. One L1 origin per number. */
export function ref(chain: string, number: bigint): L2BlockRef {
  return {
    hash: hashOf(chain, number),
    number,
    parentHash: hashOf(chain, number - 1n),
    timestamp: number,
    l1Origin: { hash: hashOf('l1', number), number },
    sequenceNumber: 0n,
  }
}

const hashOf = (chain: string, number: bigint): Hash => keccak256(toHex(`${chain} ${number}`))
