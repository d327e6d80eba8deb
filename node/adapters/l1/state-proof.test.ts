import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { bytesToHex, type Hash, type Hex, hexToBytes, keccak256, pad, toHex, toRlp, trim } from 'viem'
import { describe, expect, it } from 'vitest'
import { emptyTrieRoot } from '../../protocol/ordered-trie-root.ts'
import { provenWord, verifyAccountProof, verifyStorageProof } from './state-proof.ts'

const addressOf = (index: number): Hex => `0x${index.toString(16).padStart(40, '0')}`
const storageOf = (index: number) => keccak256(`0x${index.toString(16).padStart(8, '0')}`)
const code = keccak256('0x6000')

/** A state trie of that many accounts and a prover for it, by another implementation. */
async function state(accounts: number) {
  const trie = await createMPT({ useKeyHashing: true })
  for (let index = 0; index < accounts; index++)
    await trie.put(hexToBytes(addressOf(index)), hexToBytes(toRlp(['0x', '0x01', storageOf(index), code])))
  const prove = async (address: Hex) =>
    (await createMerkleProof(trie, hexToBytes(address))).map((node) => bytesToHex(node))
  return { stateRoot: bytesToHex(trie.root()), prove }
}

describe('account proofs', () => {
  it.each([1, 2, 17, 300])('finds accounts of a state with %i of them', async (accounts) => {
    const { stateRoot, prove } = await state(accounts)
    for (const index of new Set([0, accounts >> 1, accounts - 1])) {
      const address = addressOf(index)
      expect(verifyAccountProof({ stateRoot, address, proof: await prove(address) })).toEqual({
        storageHash: storageOf(index),
        codeHash: code,
      })
    }
  })

  it('takes an address in any case', async () => {
    const { stateRoot, prove } = await state(12)
    const address = addressOf(11)
    const upper = `0x${address.slice(2).toUpperCase()}` as Hex
    expect(verifyAccountProof({ stateRoot, address: upper, proof: await prove(address) }).storageHash).toBe(
      storageOf(11),
    )
  })

  it('refuses proofs that prove nothing', async () => {
    const { stateRoot, prove } = await state(50)
    const proof = await prove(addressOf(3))
    const verify = (change: Partial<Parameters<typeof verifyAccountProof>[0]>) => () =>
      verifyAccountProof({ stateRoot, address: addressOf(3), proof, ...change })
    expect(verify({})).not.toThrow()
    expect(verify({ proof: [] })).toThrow(/it ends too soon/)
    expect(verify({ proof: proof.slice(0, -1) })).toThrow(/it ends too soon/)
    expect(verify({ proof: proof.slice(1) })).toThrow(/expected node/)
    expect(verify({ stateRoot: keccak256('0x') })).toThrow(/expected node/)
    expect(verify({ address: addressOf(4) })).toThrow(/does not exist|expected node|ends too soon/)
    const last = proof.at(-1) as Hex
    expect(verify({ proof: [...proof.slice(0, -1), `${last.slice(0, -2)}00` as Hex] })).toThrow(
      /expected node/,
    )
  })

  it('refuses the proof that an account does not exist', async () => {
    const { stateRoot, prove } = await state(50)
    const address = addressOf(5_000)
    const proof = await prove(address)
    expect(() => verifyAccountProof({ stateRoot, address, proof })).toThrow(/it does not exist/)
  })

  it.each<[string, Hex]>([
    ['no RLP', '0xff'],
    ['a string', '0x83010203'],
    ['an empty list', '0xc0'],
    ['three items', '0xc3010203'],
  ])('refuses a node that is %s', (_, node) => {
    expect(() =>
      verifyAccountProof({ stateRoot: keccak256(node), address: addressOf(0), proof: [node] }),
    ).toThrow(/proof of account 0x0000/)
  })
})

const slotOf = (index: number) => keccak256(`0x${index.toString(16).padStart(4, '0')}`)
const zeroWord: Hash = `0x${'00'.repeat(32)}`
/** Small and large words: the leaf of a small one is embedded in its parent. */
const wordOf = (index: number): Hash =>
  pad(index % 3 === 0 ? toHex(index + 1) : keccak256(toHex(index)), { size: 32 })

/** A storage trie with that many slots and a prover for it, by another implementation. */
async function storage(slots: number) {
  const trie = await createMPT({ useKeyHashing: true })
  for (let index = 0; index < slots; index++)
    await trie.put(hexToBytes(slotOf(index)), hexToBytes(toRlp(trim(wordOf(index)))))
  const prove = async (slot: Hash) =>
    (await createMerkleProof(trie, hexToBytes(slot))).map((node) => bytesToHex(node))
  return { storageHash: bytesToHex(trie.root()), prove }
}

describe('storage proofs', () => {
  it.each([1, 2, 17, 300])('find the words of a storage with %i slots', async (slots) => {
    const { storageHash, prove } = await storage(slots)
    for (let index = 0; index < slots; index++) {
      const slot = slotOf(index)
      expect(verifyStorageProof({ storageHash, slot, proof: await prove(slot) })).toBe(wordOf(index))
    }
  })

  it.each([1, 2, 17, 300])('prove that a slot is not among %i', async (slots) => {
    const { storageHash, prove } = await storage(slots)
    for (let index = 1000; index < 1020; index++) {
      const slot = slotOf(index)
      expect(verifyStorageProof({ storageHash, slot, proof: await prove(slot) })).toBe(zeroWord)
    }
  })

  it('an empty storage needs none', () => {
    expect(verifyStorageProof({ storageHash: emptyTrieRoot, slot: slotOf(1), proof: [] })).toBe(zeroWord)
  })

  it('refuse to prove absence by what is left out, or by the nodes of another slot', async () => {
    const { storageHash, prove } = await storage(300)
    const slot = slotOf(7)
    const proof = await prove(slot)
    expect(proof.length).toBeGreaterThan(1)
    for (let length = 0; length < proof.length; length++)
      expect(() => verifyStorageProof({ storageHash, slot, proof: proof.slice(0, length) })).toThrow(
        /proof of slot 0x.*: it ends too soon/,
      )
    const other = await prove(slotOf(8))
    expect(() => verifyStorageProof({ storageHash, slot, proof: other })).toThrow(
      /expected node|it ends too soon/,
    )
  })

  it('refuse a word of more than 32 bytes', async () => {
    const trie = await createMPT({ useKeyHashing: true })
    const slot = slotOf(1)
    await trie.put(hexToBytes(slot), hexToBytes(toRlp(`0x${'11'.repeat(33)}`)))
    const proof = (await createMerkleProof(trie, hexToBytes(slot))).map((node) => bytesToHex(node))
    expect(() => verifyStorageProof({ storageHash: bytesToHex(trie.root()), slot, proof })).toThrow(
      /the word is malformed/,
    )
  })

  it('refuse every single changed byte', async () => {
    const { storageHash, prove } = await storage(20)
    const slot = slotOf(3)
    const proof = await prove(slot)
    for (const [at, node] of proof.entries())
      for (let index = 2; index < node.length; index += 7) {
        const digit = node[index] === '0' ? '1' : '0'
        const changed = `${node.slice(0, index)}${digit}${node.slice(index + 1)}` as Hex
        expect(() => verifyStorageProof({ storageHash, slot, proof: proof.with(at, changed) })).toThrow()
      }
  })

  it('prove nothing of another account', async () => {
    const { stateRoot, prove } = await state(50)
    const accountProof = await prove(addressOf(4))
    const where = { stateRoot, address: addressOf(3), slot: slotOf(1) }
    expect(() => provenWord({ accountProof, storageProof: [{ proof: [] }] }, where)).toThrow(
      /proof of account/,
    )
  })
})
