import { RLP } from '@ethereumjs/rlp'
import type { Hash, Hex } from 'viem'
import { hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { RlpReader, readRlpItem } from '../../../node/protocol/rlp-reader.ts'
import type { BlockBody } from './peer-network.ts'

/**
 * The peer protocol, version 1. One message is `type (1 byte) ‖ rlp(fields)`; on the wire a big-endian uint32 with its
 * length stands before it. Shapes follow devp2p's `eth/68`, reduced to what a sync toward a trusted hash needs:
 *
 * | type | name | fields |
 * |---|---|---|
 * | 0 | Status | version, chainId, genesisHash, forkDigest, nodeId, listenPort, clientName |
 * | 1 | GetHeaders | requestId, from, count |
 * | 2 | Headers | requestId, [header, …]: `from` first, then ancestors |
 * | 3 | GetBodies | requestId, [hash, …] |
 * | 4 | Bodies | requestId, [[transaction, …], …] |
 * | 5 | GetReceipts | requestId, [hash, …] |
 * | 6 | Receipts | requestId, [[receipt, …], …] |
 * | 7 | Disconnect | reason |
 *
 * Both sides send Status first and once. A request may be answered in part: the answer is a prefix of what was asked,
 * cut at the first unknown block or when it gets too long. Headers, transactions and receipts are opaque byte strings
 * in their consensus encoding.
 */
export type PeerMessage =
  | ({ readonly type: 'status' } & PeerStatus)
  | { readonly type: 'getHeaders'; readonly id: bigint; readonly from: Hash; readonly count: number }
  | { readonly type: 'headers'; readonly id: bigint; readonly headers: readonly Uint8Array[] }
  | { readonly type: 'getBodies'; readonly id: bigint; readonly hashes: readonly Hash[] }
  | { readonly type: 'bodies'; readonly id: bigint; readonly bodies: readonly BlockBody[] }
  | { readonly type: 'getReceipts'; readonly id: bigint; readonly hashes: readonly Hash[] }
  | { readonly type: 'receipts'; readonly id: bigint; readonly receipts: readonly (readonly Hex[])[] }
  | { readonly type: 'disconnect'; readonly reason: string }

export type PeerRequest = Extract<PeerMessage, { readonly type: `get${string}` }>
export type PeerAnswer = Extract<PeerMessage, { readonly type: 'headers' | 'bodies' | 'receipts' }>

/** Who a peer is and which chain it is on. */
export interface PeerStatus {
  readonly version: number
  readonly chainId: bigint
  readonly genesisHash: Hash
  /** keccak256 over the fork schedule, see `fork-digest.ts`. */
  readonly forkDigest: Hash
  /** 32 random bytes of this run. */
  readonly nodeId: Hex
  readonly listenPort: number
  readonly clientName: string
}

export const peerProtocolVersion = 1

/** Limits that both sides keep and enforce. */
export const peerLimits = {
  /** Requests that one side of a connection has open at the same time. */
  requestsOpenMax: 16,
  headersPerRequestMax: 512,
  bodiesPerRequestMax: 128,
  /** An answer ends after the item that makes it longer than this. */
  answerBytesTarget: 2 * 1024 * 1024,
  textBytesMax: 256,
} as const

const typeNumbers = {
  status: 0,
  getHeaders: 1,
  headers: 2,
  getBodies: 3,
  bodies: 4,
  getReceipts: 5,
  receipts: 6,
  disconnect: 7,
} as const satisfies Record<PeerMessage['type'], number>

/**
 * The longest message of each type. Requests hold at most 128 hashes of 33 bytes, a header of ours has at most 1 KiB;
 * an answer with bodies or receipts goes over its target by one block at most, which the gas limit bounds.
 */
export const messageBytesMax = {
  status: 1024,
  getHeaders: 1024,
  headers: 1024 * 1024,
  getBodies: 8 * 1024,
  bodies: 32 * 1024 * 1024,
  getReceipts: 8 * 1024,
  receipts: 32 * 1024 * 1024,
  disconnect: 1024,
} as const satisfies Record<PeerMessage['type'], number>

const typeNames: ReadonlyMap<number, PeerMessage['type']> = new Map(
  Object.entries(typeNumbers).map(([name, number]) => [number, name as PeerMessage['type']]),
)

/** The type that the first byte of a message stands for; `null` for none. */
export function messageTypeOf(typeNumber: number): PeerMessage['type'] | null {
  return typeNames.get(typeNumber) ?? null
}

const uint = (value: bigint | number) => uintToBytes(BigInt(value))
const text = (value: string) => Buffer.from(value, 'utf8').subarray(0, peerLimits.textBytesMax)

/** The message without its length prefix. */
export function encodePeerMessage(message: PeerMessage): Uint8Array {
  return Buffer.concat([Uint8Array.of(typeNumbers[message.type]), RLP.encode(fieldsOf(message))])
}

type Field = Uint8Array | Field[]

function fieldsOf(message: PeerMessage): Field[] {
  switch (message.type) {
    case 'status':
      return [
        uint(message.version),
        uint(message.chainId),
        hexToBytes(message.genesisHash),
        hexToBytes(message.forkDigest),
        hexToBytes(message.nodeId),
        uint(message.listenPort),
        text(message.clientName),
      ]
    case 'getHeaders':
      return [uint(message.id), hexToBytes(message.from), uint(message.count)]
    case 'headers':
      return [uint(message.id), [...message.headers]]
    case 'getBodies':
    case 'getReceipts':
      return [uint(message.id), message.hashes.map(hexToBytes)]
    case 'bodies':
      return [uint(message.id), message.bodies.map((body) => body.transactions.map(hexToBytes))]
    case 'receipts':
      return [uint(message.id), message.receipts.map((block) => block.map(hexToBytes))]
    case 'disconnect':
      return [text(message.reason)]
  }
}

/** @throws DecodeError (or RangeError) when the bytes are not exactly one message within the limits. */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage {
  const { end } = readRlpItem(bytes, 1)
  if (end !== bytes.length)
    throw new RangeError(`expected the message to end at byte ${end}, found ${bytes.length}`)
  const fields = RlpReader.list(bytes, 1)
  const message = decodeFields(bytes[0], fields)
  fields.expectEnd()
  return message
}

function decodeFields(type: number | undefined, fields: RlpReader): PeerMessage {
  switch (type) {
    case typeNumbers.status:
      return {
        type: 'status',
        version: Number(fields.uint(4)),
        chainId: fields.uint64(),
        genesisHash: fields.hash(),
        forkDigest: fields.hash(),
        nodeId: fields.hash(),
        listenPort: Number(fields.uint(2)),
        clientName: textFrom(fields),
      }
    case typeNumbers.getHeaders:
      return { type: 'getHeaders', id: fields.uint64(), from: fields.hash(), count: Number(fields.uint(4)) }
    case typeNumbers.headers:
      return {
        type: 'headers',
        id: fields.uint64(),
        headers: items(
          fields.list(),
          peerLimits.headersPerRequestMax,
          (list) => new Uint8Array(list.string()),
        ),
      }
    case typeNumbers.getBodies:
      return { type: 'getBodies', id: fields.uint64(), hashes: hashesFrom(fields) }
    case typeNumbers.bodies:
      return {
        type: 'bodies',
        id: fields.uint64(),
        bodies: items(fields.list(), peerLimits.bodiesPerRequestMax, (list) => ({
          transactions: bytesFrom(list),
        })),
      }
    case typeNumbers.getReceipts:
      return { type: 'getReceipts', id: fields.uint64(), hashes: hashesFrom(fields) }
    case typeNumbers.receipts:
      return {
        type: 'receipts',
        id: fields.uint64(),
        receipts: items(fields.list(), peerLimits.bodiesPerRequestMax, bytesFrom),
      }
    case typeNumbers.disconnect:
      return { type: 'disconnect', reason: textFrom(fields) }
    default:
      throw new RangeError(`expected a message type from 0 to 7, found ${type}`)
  }
}

const textFrom = (fields: RlpReader): string =>
  Buffer.from(fields.string().subarray(0, peerLimits.textBytesMax)).toString('utf8')

const hashesFrom = (fields: RlpReader): Hash[] =>
  items(fields.list(), peerLimits.bodiesPerRequestMax, (list) => list.hash())

/** Transactions or receipts of one block: the message limit bounds them. */
const bytesFrom = (list: RlpReader): Hex[] => items(list.list(), Number.POSITIVE_INFINITY, (one) => one.hex())

function items<T>(list: RlpReader, max: number, read: (list: RlpReader) => T): T[] {
  const result: T[] = []
  while (!list.done) {
    if (result.length === max) throw new RangeError(`expected at most ${max} items`)
    result.push(read(list))
  }
  return result
}
