import type { Hash } from 'viem'
import type { BlockStore } from '../chain/block-store.ts'
import { encodeHeader } from '../chain/header.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { peerLimits } from './messages.ts'
import type { PeerChain } from './peer-network.ts'

/** Serves peers from the block store; answers end when they get long. */
export function createPeerChain(store: BlockStore): PeerChain {
  return {
    headers(from, count) {
      const headers: Uint8Array[] = []
      let header = store.header(from)
      while (header !== undefined && headers.length < count) {
        headers.push(encodeHeader(header))
        header = store.header(header.parentHash)
      }
      return headers
    },
    bodies: (hashes) =>
      take(store, hashes, (block) => ({ transactions: block.transactions.map(({ raw }) => raw) }), bodyBytes),
    receipts: (hashes) =>
      take(store, hashes, (block) => block.receipts.map(({ encoded }) => encoded), receiptBytes),
  }
}

function take<T>(
  store: BlockStore,
  hashes: readonly Hash[],
  pick: (block: ExecutedBlock) => T,
  bytesOf: (block: ExecutedBlock) => number,
): T[] {
  const items: T[] = []
  let bytes = 0
  for (const hash of hashes) {
    const block = store.byHash(hash)
    if (block === undefined || bytes > peerLimits.answerBytesTarget) break
    items.push(pick(block))
    bytes += bytesOf(block)
  }
  return items
}

const bodyBytes = (block: ExecutedBlock) => sum(block.transactions.map(({ raw }) => raw.length / 2))
const receiptBytes = (block: ExecutedBlock) => sum(block.receipts.map(({ encoded }) => encoded.length / 2))
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
