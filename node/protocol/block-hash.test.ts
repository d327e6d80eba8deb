import { createBlockHeader } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import { payloadBlockHash } from './block-hash.ts'
import { bytesToHex, hexToBytes } from './bytes.ts'
import { emptyTrieRoot, orderedTrieRoot } from './ordered-trie-root.ts'
import { payloadEnvelope } from './testing/arbitraries.ts'
import { decodeGossipMessage } from './testing/decode-gossip-message.ts'

async function referenceRoot(values: readonly Uint8Array[]) {
  const trie = await createMPT()
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value)
  return bytesToHex(trie.root())
}

describe('orderedTrieRoot', () => {
  it('of nothing is the empty root', () => {
    expect(orderedTrieRoot([])).toBe(emptyTrieRoot)
  })

  it('is the root that the reference trie has', async () => {
    // Values of one byte give nodes that are embedded in their parents.
    const value = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
      fc.uint8Array({ minLength: 26, maxLength: 34 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 40 }), async (values) => {
        expect(orderedTrieRoot(values)).toBe(await referenceRoot(values))
      }),
      { numRuns: 60 },
    )
  })

  it.each([127, 128, 129, 255, 256, 257, 300])('of %i values', async (count) => {
    const values = Array.from({ length: count }, (_, index) => Uint8Array.of(1, index & 0xff, index >> 8))
    expect(orderedTrieRoot(values)).toBe(await referenceRoot(values))
  })
})

describe('payloadBlockHash', () => {
  const common = (hardfork: Hardfork) =>
    createCustomCommon({ name: 'test', chainId: 901 }, Mainnet, { hardfork })

  it.each([
    ['Bedrock', 0, Hardfork.Paris],
    ['Canyon', 1, Hardfork.Shanghai],
    ['Ecotone', 2, Hardfork.Cancun],
    ['Isthmus', 3, Hardfork.Prague],
  ] as const)('%s headers hash as the reference implementation hashes them', (_name, version, hardfork) => {
    fc.assert(
      fc.property(payloadEnvelope(version), (any) => {
        // The reference refuses headers that used more gas than they had.
        const payload = { ...any.payload, gasUsed: any.payload.gasLimit / 2n }
        const envelope = { ...any, payload }
        const bytes = (hex: `0x${string}`) => hexToBytes(hex)
        const header = createBlockHeader(
          {
            parentHash: bytes(payload.parentHash),
            coinbase: payload.feeRecipient,
            stateRoot: bytes(payload.stateRoot),
            transactionsTrie: bytes(orderedTrieRoot(payload.transactions.map(bytes))),
            receiptTrie: bytes(payload.receiptsRoot),
            logsBloom: bytes(payload.logsBloom),
            number: payload.blockNumber,
            gasLimit: payload.gasLimit,
            gasUsed: payload.gasUsed,
            timestamp: payload.timestamp,
            extraData: bytes(payload.extraData),
            mixHash: bytes(payload.prevRandao),
            baseFeePerGas: payload.baseFeePerGas,
            ...(version >= 1 ? { withdrawalsRoot: bytes(payload.withdrawalsRoot ?? emptyTrieRoot) } : {}),
            ...(version >= 2
              ? {
                  blobGasUsed: payload.blobGasUsed!,
                  excessBlobGas: payload.excessBlobGas!,
                  parentBeaconBlockRoot: bytes(envelope.parentBeaconBlockRoot!),
                }
              : {}),
            ...(version >= 3
              ? { requestsHash: bytes('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855') }
              : {}),
          },
          { common: common(hardfork), skipConsensusFormatValidation: true },
        )
        expect(payloadBlockHash(envelope)).toBe(bytesToHex(header.hash()))
      }),
      { numRuns: 25 },
    )
  })

  // The payload of version 4 among the vectors names no block hash.
  it.skipIf(!hasVectors).each([0, 1, 2] as const)('is the hash that gossiped payload %i names', (version) => {
    const { envelope } = decodeGossipMessage(version, vector(`gossip/payload-v${version + 1}.hex`))
    expect(payloadBlockHash(envelope)).toBe(envelope.payload.blockHash)
  })
})
