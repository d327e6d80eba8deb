import type { Hash } from 'viem'
import type { BlockHeader } from '../chain/header.ts'
import type { BlockHashLookup } from './machine.ts'
import { MissingStateError } from './state/state-reader.ts'
import type { ExecutorOptions } from './types.ts'

/**
 * Hashes of the ancestors of a block, `head` being the newest of them. Walks from parent to parent as far as it is
 * asked, on whatever branch the block stands. Numbers above the head or below 0 are not asked for by the EVM.
 */
export function ancestorHashes(
  headerOf: ExecutorOptions['header'],
  headHash: Hash,
  head: BlockHeader,
): BlockHashLookup {
  /** Hashes of `head.number`, `head.number - 1`, and so on. */
  const hashes: Hash[] = [headHash]
  let oldest = head
  return (number) => {
    const distance = Number(head.number - number)
    while (hashes.length <= distance) {
      hashes.push(oldest.parentHash)
      if (hashes.length > distance) break
      const header = headerOf(oldest.parentHash)
      if (header === undefined)
        throw new MissingStateError(
          `expected the header of block ${oldest.number - 1n} (${oldest.parentHash}) for BLOCKHASH, found none`,
        )
      oldest = header
    }
    const hash = hashes[distance]
    if (hash === undefined) throw new RangeError(`expected a number up to ${head.number}, found ${number}`)
    return hash
  }
}
