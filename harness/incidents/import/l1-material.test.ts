import { describe, expect, it } from 'vitest'
import { createHashBook } from './hash-book.ts'
import { l1FromMaterial, type Sighting } from './l1-material.ts'

const saw = (t: number, number: number, hash: string, more: Partial<Sighting> = {}): Sighting => ({
  ...{ t, node: 'a', number, hash, isHead: true },
  ...more,
})
/** `number:hash` of blocks, and what reorgs orphaned, in their order. */
const told = (...given: Parameters<typeof l1FromMaterial>) =>
  l1FromMaterial(...given).facts.map(({ t, fact }) =>
    fact.kind === 'l1-block'
      ? `${t} ${fact.block.number}:${fact.block.hash}`
      : fact.kind === 'l1-reorg'
        ? `${t} −${fact.orphaned.map(({ hash }) => hash).join()}`
        : fact.kind,
  )
const header = (number: number, hash: `0x${string}`, seconds: number) => ({
  ...{ number: BigInt(number), hash, parentHash: '0x' as const, timestamp: BigInt(seconds) },
})

describe('L1 from what nodes named', () => {
  it('sees a reorg where a head is replaced at its height', () =>
    expect(told([saw(1, 5, 'x5'), saw(2, 6, 'x6'), saw(3, 6, 'y6')], [])).toEqual([
      ...['1 5:x5', '2 6:x6', '3 6:y6', '3 −x6'],
    ]))

  it('sees it by the parent of the next head', () =>
    expect(told([saw(1, 5, 'x5'), saw(2, 6, 'y6', { parent: 'y5' })], [])).toEqual([
      ...['1 5:x5', '2 5:y5', '2 6:y6', '2 −x5'],
    ]))

  it('keeps the branch of the head when an origin below it turns out to be new', () => {
    const sightings = [
      ...[saw(1, 4, 'x4'), saw(2, 5, 'x5'), saw(3, 7, 'y7', { parent: 'y6' })],
      saw(4, 4, 'y4', { isHead: false }),
    ]
    expect(told(sightings, []).slice(3)).toEqual(['4 4:y4', '4 −x4,x5,y7', '4 7:y7'])
  })

  it('takes no block back that was an orphan, and none of a height that it never named', () =>
    expect(
      told([saw(1, 5, 'x5'), saw(2, 5, 'y5'), saw(3, 5, 'x5', { isHead: false }), saw(4, 3, 'z3')], []),
    ).toEqual(['1 5:x5', '2 5:y5', '2 −x5']))

  it('believes L1 itself, and keeps as orphans what nodes saw until they saw the new branch', () =>
    expect(
      told(
        [saw(5_000, 1, '0xold'), saw(9_000, 2, '0xc2', { node: 'b' })],
        [header(0, '0xc0', 1), header(1, '0xc1', 4), header(2, '0xc2', 8)],
      ),
    ).toEqual(['1000 0:0xc0', '5000 1:0xold', '9000 1:0xc1', '9000 2:0xc2', '9000 −0xold']))
})

describe('hashes that are cut', () => {
  const whole = `0x${'ab12'.repeat(16)}`
  it('become whole where exactly one of that height fits', () => {
    const book = createHashBook()
    book.add({ number: 7, hash: whole })
    expect(book.resolve({ number: 7, hash: '0xab12ab12' })).toBe(whole)
    expect(book.resolve({ number: 7, hash: 'ab12ab..12ab12' })).toBe(whole)
    expect(book.resolve({ number: 7, hash: 'ab12ab..ffffff' })).toBe('ab12ab..ffffff')
    expect(book.resolve({ number: 8, hash: '0xab12ab12' })).toBe('0xab12ab12')
  })
  it('are one block for all who cut it, each in its way', () => {
    const book = createHashBook()
    expect(book.resolve({ number: 7, hash: '0xab12ab12' })).toBe('0xab12ab12')
    expect(book.resolve({ number: 7, hash: 'ab12ab..cdcdcd' })).toBe('0xab12ab12')
  })
})
