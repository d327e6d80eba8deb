import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { bytesToHex, type Hex, hexToBytes, keccak256, toRlp } from 'viem'
import { describe, expect, it } from 'vitest'
import { verifyAccountProof } from './account-proof.ts'

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
    expect(verify({ proof: [] })).toThrow(/it ends before the account/)
    expect(verify({ proof: proof.slice(0, -1) })).toThrow(/it ends before the account/)
    expect(verify({ proof: proof.slice(1) })).toThrow(/expected node/)
    expect(verify({ stateRoot: keccak256('0x') })).toThrow(/expected node/)
    expect(verify({ address: addressOf(4) })).toThrow(/does not exist|expected node|ends before/)
    const last = proof.at(-1) as Hex
    expect(verify({ proof: [...proof.slice(0, -1), `${last.slice(0, -2)}00` as Hex] })).toThrow(
      /expected node/,
    )
  })

  it('refuses the proof that an account does not exist', async () => {
    const { stateRoot, prove } = await state(50)
    const address = addressOf(5_000)
    const proof = await prove(address)
    expect(() => verifyAccountProof({ stateRoot, address, proof })).toThrow(/the account does not exist/)
  })

  it.each<[string, Hex]>([
    ['no RLP', '0xff'],
    ['a string', '0x83010203'],
    ['an empty list', '0xc0'],
    ['three items', '0xc3010203'],
  ])('refuses a node that is %s', (_, node) => {
    expect(() =>
      verifyAccountProof({ stateRoot: keccak256(node), address: addressOf(0), proof: [node] }),
    ).toThrow(/account proof of 0x0000/)
  })
})
