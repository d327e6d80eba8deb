import type { Hash, Hex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import {
  batcher,
  benchConfig,
  genesisTimeS,
  l2BlockTimeS,
  l2Ref,
  poolSlice,
} from '../../bench/derivation/chain.ts'
import { type BenchL1Block, l1Block, type SentTransaction } from '../../bench/derivation/l1-block.ts'
import { createSyncKzg } from '../../node/adapters/kzg/sync-kzg.ts'
import { compressChannel } from '../../node/adapters/zlib/compress-channel.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { blobDataLengthMax, encodeBlob, versionedHash } from '../../node/protocol/blob.ts'
import { encodeBatcherPayload } from '../../node/protocol/frame.ts'
import { type BlockId, zeroHash } from '../../node/protocol/refs.ts'
import { channelId, encodeChannel } from '../batcher/channel-out.ts'
import { jsonRpcTurn } from './json-rpc-turn.ts'
import type { Turn } from './turncoat.ts'

/** A blob of a block, and what names it. */
export interface KnownBlob {
  readonly blob: Uint8Array
  readonly commitment: Uint8Array
  readonly versionedHash: Hash
  /** Among all blobs of its block. */
  readonly index: number
}

/** What else is in an L1 block, before its batches: payloads to the batch inbox, each in a blob. */
export interface HostilePayloads {
  readonly from: 'batcher' | 'stranger'
  readonly payloads: readonly Uint8Array[]
}

/** An L1 whose batches are in blobs, one channel for the L2 blocks of each L1 block. */
export interface BlobL1 {
  readonly config: RollupConfig
  /** The number of the newest block that it shows. */
  head: number
  readonly headMax: number
  /** Its JSON-RPC. */
  readonly answer: Turn
  /** The blobs of a slot, which is the number of a block; none of a block that it does not show. */
  blobsOf(slot: number): readonly KnownBlob[]
  /** A blob with its own commitment, right in itself, that no block names. */
  readonly foreign: KnownBlob
  /** The newest L2 block whose batch is in the first `l1Blocks` blocks. */
  batchedBy(l1Blocks: number): number
  /** What the sequencer put into a block, and where. */
  block(l2Number: number): { readonly transactions: readonly Hex[]; readonly l1Origin: BlockId }
}

const perEpoch = 2
export const slotSeconds = Number(l2BlockTimeS) * perEpoch
const l1ChainId = 900
const l1Blocks = 8
const kzg = createSyncKzg()
const stranger = privateKeyToAccount(`0x${'5a'.repeat(32)}`)

/** @param hostile what is put into the block of that number beside its batches. */
export async function createBlobL1(
  hostile: (l1Number: number) => Promise<readonly HostilePayloads[]> = async () => [],
): Promise<BlobL1> {
  const blocks: BenchL1Block[] = [l1Block(null, [], 0n)]
  const blobs: (readonly KnownBlob[])[] = [[]]
  const config = benchConfig(blocks[0]!.header)
  const nonces = new Map<PrivateKeyAccount, number>()
  const transactionsOf = (l2Number: number) => poolSlice(Number(config.l2ChainId), l2Number, 1)
  const originOf = (l2Number: number) => blocks[Math.floor(l2Number / perEpoch)]!.header
  const refOf = (l2Number: number) => l2Ref(l2Number, originOf(l2Number).hash, perEpoch)

  async function send(
    sender: PrivateKeyAccount,
    payloads: readonly Uint8Array[],
    firstIndex: number,
  ): Promise<{ sent: SentTransaction; brought: readonly KnownBlob[] }> {
    const brought: KnownBlob[] = []
    for (const [at, payload] of payloads.entries()) brought.push(await blobOf(payload, firstIndex + at))
    const nonce = nonces.get(sender) ?? 0
    nonces.set(sender, nonce + 1)
    const raw = await sender.signTransaction({
      ...{ type: 'eip4844', chainId: l1ChainId, nonce, to: config.batchInboxAddress, gas: 21_000n },
      ...{ maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 10n },
      blobVersionedHashes: brought.map((one) => one.versionedHash),
    })
    return { sent: { raw, from: sender.address, logs: [] }, brought }
  }

  /** The batches of the L2 blocks whose origin is the block before. */
  async function honest(l1Number: number): Promise<Uint8Array> {
    const first = Math.max(1, (l1Number - 1) * perEpoch)
    const channel = Array.from({ length: l1Number * perEpoch - first }, (_, index) => ({
      ref: refOf(first + index),
      transactions: transactionsOf(first + index),
    }))
    const [frame] = await encodeChannel(channelId(channel, 0), channel, {
      ...{ config, batchType: 'span', compression: 'brotli', compress: compressChannel },
      maxFrameBytes: blobDataLengthMax,
    })
    return encodeBatcherPayload([frame!])
  }

  for (let number = 1; number <= l1Blocks; number++) {
    const sent: SentTransaction[] = []
    const brought: KnownBlob[] = []
    const last = { from: 'batcher', payloads: [await honest(number)] } as const
    for (const { from, payloads } of [...(await hostile(number)), last]) {
      const one = await send(from === 'batcher' ? batcher : stranger, payloads, brought.length)
      sent.push(one.sent)
      brought.push(...one.brought)
    }
    blocks.push(l1Block(blocks.at(-1)!.header, sent, BigInt(slotSeconds)))
    blobs.push(brought)
  }

  const jsonOf = (found: BenchL1Block | undefined, full: unknown) => {
    if (found === undefined || Number(found.header.number) > l1.head) return null
    const { header, transactions } = found.json()
    return { ...header, transactions: full === true ? transactions : transactions.map((tx) => tx['hash']) }
  }
  const byHash = (hash: unknown) => blocks.find(({ header }) => header.hash === hash)
  const labels: Readonly<Record<string, () => number>> = {
    latest: () => l1.head,
    safe: () => 0,
    finalized: () => 0,
  }
  const l1: BlobL1 = {
    config,
    head: 0,
    headMax: l1Blocks,
    answer: jsonRpcTurn({
      eth_chainId: () => `0x${l1ChainId.toString(16)}`,
      eth_getBlockByNumber: ([block, full]) =>
        jsonOf(blocks[labels[String(block)]?.() ?? Number(block)], full),
      eth_getBlockByHash: ([hash, full]) => jsonOf(byHash(hash), full),
      eth_getBlockReceipts: ([hash]) => byHash(hash)?.json().receipts ?? null,
      eth_getStorageAt: () => zeroHash,
    }),
    foreign: await blobOf(new TextEncoder().encode('of another chain'), 0),
    blobsOf: (slot) => (slot <= l1.head ? (blobs[slot] ?? []) : []),
    batchedBy: (count) => count * perEpoch - 1,
    block: (l2Number) => ({ transactions: transactionsOf(l2Number), l1Origin: refOf(l2Number).l1Origin }),
  }
  return l1
}

async function blobOf(payload: Uint8Array, index: number): Promise<KnownBlob> {
  const blob = encodeBlob(payload)
  const commitment = await kzg.commitment(blob)
  if (commitment === null) throw new Error('expected a payload to make a blob, it does not')
  return { blob, commitment, versionedHash: versionedHash(commitment), index }
}

/** When slot 0 was, in seconds. */
export const slotGenesis = Number(genesisTimeS)
