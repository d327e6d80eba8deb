import type { Hash } from 'viem'
import { concatBytes, hexToBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'

/** What an output root of version 0 commits to. */
export interface OutputV0 {
  readonly stateRoot: Hash
  /** Storage root of the L2ToL1MessagePasser. */
  readonly messagePasserStorageRoot: Hash
  readonly blockHash: Hash
}

/** Source: specs/protocol/proposals.md, "L2 Output Commitment Construction". */
export function outputRootV0(output: OutputV0): Hash {
  const version = new Uint8Array(32)
  return keccak256(
    concatBytes([
      version,
      hexToBytes(output.stateRoot),
      hexToBytes(output.messagePasserStorageRoot),
      hexToBytes(output.blockHash),
    ]),
  )
}
