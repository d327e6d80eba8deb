import type { Address, Hash } from 'viem'
import type { L1Log, L1Receipt } from '../ports/l1-source.ts'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { hexToBytes } from './bytes.ts'
import { type DepositTransaction, userDepositSourceHash } from './deposit-transaction.ts'
import { sameHex } from './same-hex.ts'

/** keccak256("TransactionDeposited(address,address,uint256,bytes)"). */
export const transactionDepositedTopic: Hash =
  '0xb3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32'

/** A log of the deposit contract is malformed: the chain cannot be derived past its L1 block. */
export class DepositLogError extends Error {
  override readonly name = 'DepositLogError'
}

/** Bytes before the calldata: mint 32, value 32, gas 8, is-creation 1. */
const opaqueDataLengthMin = 73

/**
 * The user deposits of an L1 block, in the order of their logs. Receipts of reverted transactions and logs of other
 * contracts or events do not count. Source: specs/protocol/deposits.md, "User-Deposited Transactions".
 * @throws DepositLogError naming the log and what is wrong with it.
 */
export function depositsFromReceipts(
  receipts: readonly L1Receipt[],
  depositContract: Address,
  l1BlockHash: Hash,
): DepositTransaction[] {
  const deposits: DepositTransaction[] = []
  for (const receipt of receipts) {
    if (receipt.status !== 'success') continue
    for (const log of receipt.logs) {
      if (!sameHex(log.address, depositContract) || !sameHex(log.topics[0], transactionDepositedTopic))
        continue
      try {
        deposits.push(depositFromLog(log, l1BlockHash))
      } catch (error) {
        throw new DepositLogError(
          `deposit log ${log.logIndex} of L1 block ${l1BlockHash} (transaction ${receipt.transactionHash}) is malformed: ${error instanceof Error ? error.message : error}`,
          { cause: error },
        )
      }
    }
  }
  return deposits
}

/**
 * As op-node reads it: the upper bytes of the address topics and the padding after the opaque data are not looked at,
 * since no Solidity event sets them and an error here would halt the chain.
 */
function depositFromLog(log: L1Log, l1BlockHash: Hash): DepositTransaction {
  const [, fromTopic, toTopic, version] = log.topics
  if (log.topics.length !== 4 || fromTopic === undefined || toTopic === undefined || version === undefined)
    throw new DecodeError(`expected 4 topics, found ${log.topics.length}`)
  if (BigInt(version) !== 0n) throw new DecodeError(`expected deposit version 0, found ${version}`)
  const opaque = readOpaqueData(hexToBytes(log.data))
  const mint = opaque.uint256()
  const value = opaque.uint256()
  const gas = opaque.uint64()
  const isCreation = opaque.uint8() !== 0
  return {
    sourceHash: userDepositSourceHash(l1BlockHash, BigInt(log.logIndex)),
    from: topicAddress(fromTopic),
    to: isCreation ? null : topicAddress(toTopic),
    mint,
    value,
    gas,
    isSystemTransaction: false,
    data: opaque.hex(opaque.remaining),
  }
}

/** ABI-encoded `bytes`: offset 32, length, content padded to words. */
function readOpaqueData(data: Uint8Array): ByteReader {
  if (data.length < 64 || data.length % 32 !== 0)
    throw new DecodeError(`expected data of at least two whole words, found ${data.length} bytes`)
  const reader = new ByteReader(data)
  const offset = reader.uint256()
  if (offset !== 32n) throw new DecodeError(`expected the opaque data at offset 32, found offset ${offset}`)
  const length = reader.uint256()
  if (length > BigInt(reader.remaining) || length + 32n <= BigInt(reader.remaining))
    throw new DecodeError(
      `expected a length that fits ${reader.remaining} bytes of padded opaque data, found ${length}`,
    )
  if (length < BigInt(opaqueDataLengthMin))
    throw new DecodeError(`expected at least ${opaqueDataLengthMin} bytes of opaque data, found ${length}`)
  return new ByteReader(reader.take(Number(length)))
}

function topicAddress(topic: Hash): Address {
  return `0x${topic.slice(26).toLowerCase()}`
}
