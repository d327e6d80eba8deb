import { Worker } from 'node:worker_threads'
import { bls12_381 } from '@noble/curves/bls12-381'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { blobLength, versionedHash } from '../../protocol/blob.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { createKzg } from './kzg.ts'
import { createSyncKzg } from './sync-kzg.ts'

const thread = createKzg()
afterAll(() => thread.close())
const forms = [
  { form: 'in a thread', kzg: thread },
  { form: 'synchronous', kzg: createSyncKzg() },
]

/** A blob whose field elements all are `value`: the polynomial is a constant, and its commitment `value` times G1. */
const constantBlob = (value: number) =>
  new Uint8Array(blobLength).map((_, at) => (at % 32 === 31 ? value : 0))

// The thread first reads the trusted setup, on a machine that may be busy.
describe.each(forms)('KZG commitments, $form', { timeout: 60_000 }, ({ kzg }) => {
  it('are those of EIP-4844', async () => {
    const [zero, five] = await Promise.all([kzg.commitment(constantBlob(0)), kzg.commitment(constantBlob(5))])
    expect(bytesToHex(zero!)).toBe(`0xc0${'00'.repeat(47)}`)
    expect(versionedHash(zero!)).toBe('0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014')
    expect(bytesToHex(five!)).toBe(`0x${bls12_381.G1.Point.BASE.multiply(5n).toHex()}`)
  })

  it.each([
    ['another length', new Uint8Array(blobLength - 1)],
    ['a field element that is not below the modulus', new Uint8Array(blobLength).fill(0xff, 64, 96)],
  ])('do not exist for %s', async (_name, bytes) => {
    expect(await kzg.commitment(bytes)).toBeNull()
  })

  // A constant polynomial has the constant itself everywhere: the quotient that proves it is zero.
  it('come with proofs', async () => {
    const [blob, other] = [constantBlob(5), constantBlob(5).with(63, 6)]
    const infinity = `0xc0${'00'.repeat(47)}`
    const proof = async (of: Uint8Array) => bytesToHex((await kzg.proof(of, (await kzg.commitment(of))!))!)
    expect(await proof(blob)).toBe(infinity)
    expect(await proof(other)).toMatch(/^0x[89ab][0-9a-f]{95}$/)
    expect(await kzg.proof(blob.subarray(1), new Uint8Array(48))).toBeNull()
  })
})

describe('the KZG thread', () => {
  it('ends with an error for those who wait', async () => {
    const closing = createKzg()
    const wait = (value: number) =>
      closing.commitment(constantBlob(value)).catch((error: Error) => error.message)
    const waits = [wait(1), wait(2)]
    await closing.close()
    for (const one of waits) expect(await one).toMatch(/^the KZG thread ended: exit code/)
  })

  it('answers each of many that are asked at once for its own blob', { timeout: 60_000 }, async () => {
    const values = [5, 0, 7, 5]
    const answers = await Promise.all(values.map((value) => thread.commitment(constantBlob(value))))
    for (const [at, value] of values.entries())
      expect(answers[at]).toEqual(await thread.commitment(constantBlob(value)))
    expect(new Set(answers.map((one) => bytesToHex(one!))).size).toBe(3)
  })

  it('is sent no copy of a blob, which would be garbage that it keeps for long', async () => {
    const post = vi.spyOn(Worker.prototype, 'postMessage')
    await thread.commitment(constantBlob(3))
    expect(post.mock.calls).toEqual([[{ commitment: null }]])
    post.mockRestore()
  })
})
