import { DasContextJs } from '@crate-crypto/node-eth-kzg'
import { expect, it, vi } from 'vitest'
import { blobLength } from '../../../node/protocol/blob.ts'
import { sharedKzg } from './shared-kzg.ts'

// The trusted setup is read, on a machine that may be busy.
it('commits to each blob once, and proves each once', { timeout: 120_000 }, async () => {
  const { prototype } = DasContextJs
  const [commit, prove] = [
    vi.spyOn(prototype, 'blobToKzgCommitment'),
    vi.spyOn(prototype, 'computeBlobKzgProof'),
  ]
  const blob = new Uint8Array(blobLength).with(40, 7)
  const other = blob.with(40, 8)
  const none = new Uint8Array(blobLength).fill(0xff, 64, 96)
  const computed = (at: number) => commit.mock.results[at]?.value
  for (let time = 0; time < 3; time++) {
    const commitment = await sharedKzg.commitment(blob.slice())
    expect(commitment).toEqual(computed(0))
    expect(await sharedKzg.commitment(other)).toEqual(computed(1))
    expect(await sharedKzg.commitment(none)).toBeNull()
    expect(await sharedKzg.proof(blob, commitment!)).toEqual(prove.mock.results[0]?.value)
  }
  expect(computed(0)).not.toEqual(computed(1))
  expect([commit.mock.calls.length, prove.mock.calls.length]).toEqual([3, 1])
  vi.restoreAllMocks()
})
