import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BlockId, zeroHash } from '../protocol/refs.ts'
import { createMemorySafeHeadStore } from './memory-store.ts'
import { createSafeHeads } from './safe-heads.ts'

type Move =
  /** `l1` L1 blocks later, `l2` L2 blocks more are safe. */
  | { readonly kind: 'derive'; readonly l1: number; readonly l2: number }
  /** The safe head goes back by `l2` blocks; L1 goes back too, to another fork. */
  | { readonly kind: 'reset'; readonly l2: number; readonly l1: number; readonly reorg: boolean }
  /** `l2` L2 blocks became safe while nobody recorded it. */
  | { readonly kind: 'unseen'; readonly l2: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('derive' as const),
      l1: fc.nat(3),
      l2: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reset' as const),
      l2: fc.nat(12),
      l1: fc.nat(4),
      reorg: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('unseen' as const), l2: fc.integer({ min: 1, max: 5 }) }),
)

interface SafeBlock {
  readonly id: BlockId
  /** The L1 block that made it safe. */
  by: BlockId
  /** It is known that it was this one. */
  known: boolean
}

/**
 * The naive model: every safe L2 block. Of the blocks that one L1 block made safe, the lower ones are known only when the
 * block before them is: they may have been safe before.
 */
function createModel(genesis: SafeBlock) {
  const blocks = [genesis]
  const isKnown = (index: number): boolean => {
    const { by, known } = blocks[index]!
    if (!known || blocks[index + 1]?.by.number !== by.number) return known
    const first = blocks.findIndex((block) => block.known && block.by.number === by.number)
    return blocks[first - 1]?.known ?? false
  }
  return {
    blocks,
    add(added: readonly BlockId[], by: BlockId, known: boolean) {
      for (const block of blocks) if (block.by.number > by.number) block.by = by
      blocks.push(...added.map((id) => ({ id, by, known })))
    },
    resetTo(index: number) {
      const { by } = blocks[index]!
      const known = isKnown(index)
      blocks.length = index + 1
      if (!known) for (const block of blocks) if (block.by.number === by.number) block.known = false
    },
    /** The highest block that is known to have been safe at that L1 number. */
    highestKnown: (l1Number: bigint): SafeBlock | undefined =>
      blocks.findLast(({ by }, index) => by.number <= l1Number && isKnown(index)),
    answer(l1Number: bigint): { l1: BlockId; l2: BlockId } | null {
      const block = this.highestKnown(l1Number)
      if (block === undefined) return null
      const next = blocks[blocks.indexOf(block) + 1]
      const mayBeMore = next?.known === false && l1Number > block.by.number
      return mayBeMore ? null : { l1: block.by, l2: block.id }
    },
  }
}

const originOf = (l2Number: number) => Math.floor(l2Number / 4)
const idOf = (number: number, fork: number): BlockId => ({
  number: BigInt(number),
  hash: `0x${fork.toString(16).padStart(32, '0')}${number.toString(16).padStart(32, '0')}`,
})

it('answers as a model that remembers every block, whatever is derived, reset and missed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
      const safeHeads = createSafeHeads(createMemorySafeHeadStore())
      const model = createModel({ id: idOf(0, 0), by: idOf(0, 0), known: false })
      let fork = 0
      const l1Chain = [idOf(0, 0)]
      const l1At = (number: number): BlockId => {
        while (l1Chain.length <= number) l1Chain.push(idOf(l1Chain.length, fork))
        return l1Chain[number]!
      }
      const more = (count: number) =>
        Array.from({ length: count }, (_, index) => idOf(model.blocks.length + index, fork))
      const reset = async () => {
        const { id } = model.blocks.at(-1)!
        const l1Origin = idOf(originOf(Number(id.number)), fork)
        const rest = { parentHash: zeroHash, timestamp: 0n, sequenceNumber: 0n }
        await safeHeads.reset({ ...id, ...rest, l1Origin })
      }
      for (const what of moves) {
        if (what.kind === 'derive') {
          const added = more(what.l2)
          const l1 = l1At(Math.max(l1Chain.length - 1 + what.l1, originOf(Number(added.at(-1)!.number))))
          model.add(added, l1, true)
          await safeHeads.record(l1, added.at(-1)!)
        } else if (what.kind === 'unseen') {
          model.add(more(what.l2), l1At(l1Chain.length), false)
          await reset()
        } else {
          model.resetTo(Math.max(0, model.blocks.length - 1 - what.l2))
          await reset()
          // The safe head survived, so the L1 block that made it safe did.
          const survived = Number(model.blocks.at(-1)!.by.number)
          if (what.reorg) {
            fork++
            l1Chain.length = Math.max(survived + 1, l1Chain.length - what.l1)
          }
        }
        for (let number = 0n; number <= l1Chain.length + 1; number++) {
          const found = safeHeads.safeHeadAt(number)
          expect(found && { l1: found.l1, l2: found.l2 }).toEqual(model.answer(number))
          // What finality takes for safe at that L1 block.
          expect(safeHeads.atOrBelow(number)?.l2).toEqual(model.highestKnown(number)?.id)
        }
      }
    }),
    { numRuns: 300 },
  )
})
