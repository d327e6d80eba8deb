import type { Address } from 'viem'
import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import { NodeError } from '../../errors/node-error.ts'
import { type Beacon, type BlobId, BlobsNotFoundError } from '../../ports/beacon.ts'
import type { L1Header, L1Source, L1Transaction } from '../../ports/l1-source.ts'
import { decodeBlob } from '../../protocol/blob.ts'
import { DecodeError } from '../../protocol/byte-reader.ts'
import { formatRef } from '../../protocol/refs.ts'
import { batcherData } from './batcher-data.ts'

/** Where an L1 block's batcher payloads are: in calldata, or in blobs that have to be fetched. */
export interface DataSource {
  /**
   * The batcher payloads of a block, in order.
   * @throws BlobsGoneError when the block left the L1 chain and took its blobs along.
   * @throws Error (temporary) when data cannot be fetched.
   */
  payloads(
    block: L1Header,
    transactions: readonly L1Transaction[],
    batcher: Address,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]>
}

/** Blobs that cannot be had any more because L1 reorged: the pipeline must start over. */
export class BlobsGoneError extends NodeError {
  override readonly name = 'BlobsGoneError'
  override readonly code = 'derivation-blobs-gone'
}

export interface DataSourceOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly beacon: Beacon | null
  /** A blob that holds no batcher data; it is passed over. */
  readonly onMalformed: (error: DecodeError) => void
}

export function createDataSource(options: DataSourceOptions): DataSource {
  const { config, l1, beacon, onMalformed } = options

  /**
   * A beacon has one block for each slot: that of its own fork. Blobs of a block that is canonical on own L1 will come
   * or can be brought (the beacon is behind, or has forgotten them and needs an archive), those of another will not.
   */
  async function fetchBlobs(block: L1Header, wanted: readonly BlobId[], signal: AbortSignal) {
    if (beacon === null)
      throw new Error(
        `L1 block ${formatRef(block)} has batches in ${wanted.length} blobs, which no beacon was given for: start the node with --l1.beacon`,
      )
    try {
      return await beacon.blobs(block, wanted, signal)
    } catch (error) {
      if (!(error instanceof BlobsNotFoundError)) throw error
      const canonical = await l1.headerByNumber(block.number, signal)
      const message = `blobs of L1 block ${formatRef(block)}: ${error.message}`
      if (canonical !== null && canonical.hash !== block.hash)
        throw new BlobsGoneError(message, { cause: error })
      throw new Error(
        `${message}; if the beacon has dropped blobs of that age, name an archive in --l1.beacon-fallbacks`,
        { cause: error },
      )
    }
  }

  function decode(blob: Uint8Array): readonly Uint8Array[] {
    try {
      return [decodeBlob(blob)]
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      onMalformed(error)
      return []
    }
  }

  return {
    async payloads(block, transactions, batcher, signal) {
      const ecotone = isForkActive(config.forks, 'ecotone', block.timestamp)
      const data = batcherData(transactions, { inbox: config.batchInboxAddress, batcher, blobs: ecotone })
      const wanted = data.flatMap((item) => (item.kind === 'blob' ? [item.blob] : []))
      const blobs = wanted.length === 0 ? [] : await fetchBlobs(block, wanted, signal)
      let next = 0
      return data.flatMap((item) => (item.kind === 'calldata' ? [item.payload] : decode(blobs[next++]!)))
    },
  }
}
