import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type BlobId, BlobsNotFoundError } from '../../ports/beacon.ts'
import { blobLength, versionedHash } from '../../protocol/blob.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { type L1BlockRef, zeroL1BlockRef } from '../../protocol/refs.ts'
import { type BeaconOptions, createBeacon } from './beacon.ts'
import type { BeaconClient } from './beacon-client.ts'

const { signal } = new AbortController()
const blob = (byte: number) => new Uint8Array(blobLength).fill(byte)
/** Bytes that begin with 0xff are no blob here. */
const kzg = {
  commitment: async (bytes: Uint8Array) => (bytes[0] === 0xff ? null : new Uint8Array(48).fill(bytes[0]!)),
}
const id = (byte: number, index = 0): BlobId => ({
  versionedHash: versionedHash(new Uint8Array(48).fill(byte)),
  index,
})
const at = (timestamp: bigint): L1BlockRef => ({ ...zeroL1BlockRef, timestamp })

/** A beacon with these blobs in every slot, or with this error. */
function source(answer: readonly (Uint8Array | Hex)[] | Error): BeaconClient & { readonly slots: bigint[] } {
  const slots: bigint[] = []
  return {
    slots,
    genesisTime: async () => 1000n,
    slotDurationMs: async () => 12_000n,
    async blobsOfSlot(slot) {
      slots.push(slot)
      if (answer instanceof Error) throw answer
      return answer.map((one) => (typeof one === 'string' ? one : bytesToHex(one)))
    },
  }
}

function open(answer: readonly (Uint8Array | Hex)[] | Error, options: Partial<BeaconOptions> = {}) {
  const first = source(answer)
  return { first, beacon: createBeacon({ beacon: first, fallbacks: [], kzg, ...options }) }
}
const bytes = (blobs: readonly Uint8Array[]) => blobs.map((one) => one[0])

describe('beacon', () => {
  it.each([
    [1000n, 0n],
    [1011n, 0n],
    [1012n, 1n],
    [1024n, 2n],
  ])('reads an L1 block of time %i in slot %i', async (time, slot) => {
    const { beacon, first } = open([blob(1)])
    await beacon.blobs(at(time), [id(1)], signal)
    expect(first.slots).toEqual([slot])
  })

  it('takes the duration of a slot from the configuration', async () => {
    const { beacon, first } = open([blob(1)], { slotDurationMs: 2_000 })
    await beacon.blobs(at(1009n), [id(1)], signal)
    expect(first.slots).toEqual([4n])
  })

  it('refuses a time before its genesis', async () => {
    await expect(open([]).beacon.blobs(at(999n), [id(1)], signal)).rejects.toThrow(/another chain/)
  })

  it('finds what is wanted among others, in the order that is wanted, twice when it is', async () => {
    const { beacon } = open([blob(3), blob(0xff), blob(2), blob(1)])
    expect(bytes(await beacon.blobs(at(1000n), [id(1), id(3, 1), id(1, 2)], signal))).toEqual([1, 3, 1])
  })

  it.each<[string, readonly (Uint8Array | Hex)[]]>([
    ['no blob', []],
    ['too few', [blob(1)]],
    ['a blob that hashes to another name', [blob(1), blob(3)]],
    ['bytes that are no blob', [blob(1), blob(0xff)]],
    ['a blob that is not hex', [blob(1), `0x${'zz'.repeat(blobLength)}`]],
  ])('does not find a blob when the beacon has %s', async (_name, blobs) => {
    const attempt = open(blobs).beacon.blobs(at(1000n), [id(1), id(2)], signal)
    await expect(attempt).rejects.toThrow(BlobsNotFoundError)
    await expect(attempt).rejects.toThrow(id(2).versionedHash)
  })

  /** Commitments that are asked for, by the first byte of their blob. */
  function counting() {
    const computed: number[] = []
    const commitment = (bytes: Uint8Array) => {
      computed.push(bytes[0] as number)
      return kzg.commitment(bytes)
    }
    return { computed, kzg: { commitment } }
  }

  it.each<[string, readonly number[], readonly number[]]>([
    ['as it was asked for', [7, 9], [7, 9]],
    ['with all of the slot', [5, 6, 7, 8, 9], [7, 9]],
    ['in another order', [9, 7, 5], [5, 9, 7]],
  ])('looks at little of an answer %s', async (_, answer, looked) => {
    const { computed, ...options } = counting()
    const { beacon } = open(answer.map(blob), options)
    expect(bytes(await beacon.blobs(at(1000n), [id(7, 2), id(9, 4)], signal))).toEqual([7, 9])
    expect([...new Set(computed)]).toEqual(looked)
  })

  it('looks at no more than it can of a flood, and at the same blob once', async () => {
    const { computed, ...options } = counting()
    const { beacon } = open([...Array.from({ length: 90 }, (_, index) => blob(index)), blob(200)], options)
    const ask = () => beacon.blobs(at(1000n), [id(200)], signal)
    await expect(ask()).rejects.toThrow(BlobsNotFoundError)
    await expect(ask()).rejects.toThrow(BlobsNotFoundError)
    expect(computed).toEqual([...Array(33).keys()])
  })

  it('asks nobody for what it has', async () => {
    const { beacon, first } = open([blob(1), blob(2)], { cacheBlobs: 1 })
    const read = (byte: number) => beacon.blobs(at(1000n), [id(byte)], signal)
    await read(1)
    expect(bytes(await read(1))).toEqual([1])
    expect(first.slots).toHaveLength(1)
    await read(2)
    await read(1)
    expect(first.slots).toHaveLength(3)
  })

  it('gives more blobs than it keeps', async () => {
    const { beacon } = open([blob(1), blob(2), blob(3)], { cacheBlobs: 1 })
    expect(bytes(await beacon.blobs(at(1000n), [id(3), id(1), id(2)], signal))).toEqual([3, 1, 2])
    expect(bytes(await beacon.blobs(at(1000n), [id(3), id(1), id(2)], signal))).toEqual([3, 1, 2])
  })

  it('goes to a fallback when one fails, and stays with it', async () => {
    const down = source(new Error('down'))
    const { beacon, first } = open(new BlobsNotFoundError('pruned'), {
      fallbacks: [down, source([blob(1), blob(2)])],
    })
    expect(bytes(await beacon.blobs(at(1000n), [id(1)], signal))).toEqual([1])
    expect(bytes(await beacon.blobs(at(1000n), [id(2)], signal))).toEqual([2])
    expect([first.slots.length, down.slots.length]).toEqual([1, 1])
  })

  it('puts together what several have, and keeps what it found when some are nowhere', async () => {
    const second = source([blob(2)])
    const { beacon, first } = open([blob(1)], { fallbacks: [second] })
    expect(bytes(await beacon.blobs(at(1000n), [id(1), id(2)], signal))).toEqual([1, 2])
    const [known, other] = [source([blob(5)]), source([])]
    const partly = open([blob(4)], { fallbacks: [known, other] }).beacon
    await expect(partly.blobs(at(1000n), [id(4), id(5), id(6)], signal)).rejects.toThrow(BlobsNotFoundError)
    expect(bytes(await partly.blobs(at(1000n), [id(4), id(5)], signal))).toEqual([4, 5])
    expect([first.slots.length, known.slots.length]).toEqual([1, 1])
  })

  it('says that blobs are not there only when nobody has them', async () => {
    const gone = new BlobsNotFoundError('pruned')
    const ask = (...answers: Error[]) =>
      open(gone, { fallbacks: answers.map(source) }).beacon.blobs(at(1000n), [id(1)], signal)
    await expect(ask(gone)).rejects.toThrow(BlobsNotFoundError)
    await expect(ask(new Error('down'))).rejects.not.toThrow(BlobsNotFoundError)
    await expect(ask(new Error('down'))).rejects.toThrow('pruned; down')
  })
})
