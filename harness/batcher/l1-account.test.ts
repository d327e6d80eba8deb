import fc from 'fast-check'
import { bytesToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { l1AccountOf } from './l1-account.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes))
const orderHex = '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'

describe('the account of a batcher on L1', () => {
  it('has the address and the signatures of another implementation', async () => {
    await fc.assert(
      fc.asyncProperty(bytes32, bytes32, fc.nat(), fc.boolean(), async (key, data, nonce, blobs) => {
        fc.pre(key > `0x${'0'.repeat(64)}` && key < orderHex)
        const [ours, theirs] = [l1AccountOf(key), privateKeyToAccount(key)]
        expect(ours.address).toBe(theirs.address.toLowerCase())
        const fields = { chainId: 900, nonce, to: theirs.address, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n }
        const transaction = blobs
          ? ({ ...fields, type: 'eip4844', maxFeePerBlobGas: 3n, blobVersionedHashes: [blobHash] } as const)
          : ({ ...fields, type: 'eip1559', gas: 21_000n, data } as const)
        expect(ours.signTransaction(transaction)).toBe(await theirs.signTransaction(transaction))
      }),
      { numRuns: 40 },
    )
  })

  it('is refused for what is no private key', () => {
    for (const key of [`0x${'0'.repeat(64)}`, orderHex] as const) expect(() => l1AccountOf(key)).toThrow()
  })
})

const blobHash = `0x01${'ab'.repeat(31)}` as const
