import { keccak256, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { headerHash, isProvenHeader, rpcHeader } from '../../../../node/adapters/l1/l1-header.ts'
import { provenWord, rpcProof } from '../../../../node/adapters/l1/state-proof.ts'
import { childOf, createTestChain } from '../../../../node/engine/testing/test-chain.ts'
import { unsafeBlockSignerSlot } from '../../../../node/l1/unsafe-block-signer.ts'
import type { L1Header } from '../../../../node/ports/l1-source.ts'
import { zeroHash } from '../../../../node/protocol/refs.ts'
import { l2BlockJson } from './l2-block-json.ts'
import { emptyBlockJson, sealHeader } from './seal-header.ts'
import { signerState } from './signer-state.ts'

const header = (number: bigint, parentHash = zeroHash): L1Header =>
  sealHeader({
    ...{ hash: keccak256(toHex(`recorded ${number}`)), number, parentHash, timestamp: 1_000n + 12n * number },
    ...{ mixHash: keccak256(toHex(`mix ${number}`)), baseFeePerGas: 7n, excessBlobGas: 0n },
    parentBeaconBlockRoot: keccak256(toHex(`beacon ${number}`)),
  })

describe('what a live replay serves', () => {
  it('are L1 blocks whose hashes a node proves', () => {
    const first = header(40n)
    const second = header(41n, first.hash)
    for (const one of [first, second]) {
      const json = rpcHeader.parse(emptyBlockJson(one))
      expect(json.hash).toBe(one.hash)
      expect(isProvenHeader(json)).toBe(true)
    }
    expect(rpcHeader.parse(emptyBlockJson(second)).parentHash).toBe(first.hash)
  })

  it('is a signer that is proven by the state root of every L1 block', () => {
    const { stateRoot } = rpcHeader.parse(emptyBlockJson(header(40n)))
    const { config } = createTestChain(header(40n))
    const where = { stateRoot, address: config.l1SystemConfigAddress, slot: unsafeBlockSignerSlot }
    expect(signerState.proof.storageProof[0].value).toMatch(/^0x[1-9a-f]/)
    expect(provenWord(rpcProof.parse(signerState.proof), where)).toBe(signerState.word)
  })

  it('are L2 blocks whose headers have the hashes of their payloads', () => {
    const origin = header(40n)
    const { config, genesis } = createTestChain(origin)
    const child = childOf(config, genesis, origin)
    for (const block of [genesis, child]) {
      const json = rpcHeader.parse(l2BlockJson(block, true))
      expect(headerHash(json)).toBe(block.payload.blockHash)
    }
    expect(l2BlockJson(child, true)['transactions']).toMatchObject([{ type: '0x7e', nonce: '0x0' }])
  })
})
