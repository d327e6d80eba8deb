import { z } from 'zod'
import { orAbsent } from '../../node/adapters/absence.ts'
import { formatRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import { headOf, type Level } from '../world/levels.ts'
import type { ClHandle } from '../world/world.ts'
import type { Run } from './run.ts'

/** Two live heads may be this far apart and still be in sync. */
export const gapBlocksMax = 5n

const blockHashSchema = z.looseObject({ hash: z.string() }).nullable()

/**
 * The comparison of two heads that move: the target is the higher of the two at the start; both must reach it; then
 * the higher node's canonical block at the lower node's height has the lower node's hash, and the gap is at most five.
 * From op-devstack's `InSync`, which replaced exact equality because that was flaky.
 */
export async function compareHeads(run: Run, a: ClHandle, b: ClHandle, level: Level): Promise<void> {
  const { failed } = run.world
  const [startA, startB] = await Promise.all([a.status.observe(failed), b.status.observe(failed)])
  const heads = [headOf(startA.status, level), headOf(startB.status, level)]
  const target = heads.reduce((most, { number }) => (number > most ? number : most), 0n)
  const behind = heads.reduce((least, { number }) => (number < least ? number : least), target)
  await run.wait({
    what: `${a.name}: ${level} in sync with ${b.name}`,
    expected: `both at ${target} or higher, on one chain, at most ${gapBlocksMax} blocks apart`,
    limits: run.limits(level, target - behind + 10n),
    streams: [a.status, b.status],
    look: async (signal) => {
      const [one, two] = [a, b].map((node) => ({
        node,
        head: node.status.latest === null ? null : headOf(node.status.latest.status, level),
      })) as [Side, Side]
      if (one.head === null || two.head === null) return { done: false, found: 'no status yet' }
      const found = `${a.name} ${formatRef(one.head)}, ${b.name} ${formatRef(two.head)}`
      const [low, high] = one.head.number <= two.head.number ? [one, two] : [two, one]
      if (low.head === null || high.head === null) return { done: false, found }
      if (low.head.number < target || high.head.number - low.head.number > gapBlocksMax)
        return { done: false, found }
      const block = blockHashSchema.parse(
        await orAbsent(
          high.node.el.rpc.request(
            'eth_getBlockByNumber',
            [`0x${low.head.number.toString(16)}`, false],
            signal,
          ),
        ),
      )
      return block?.hash === low.head.hash
        ? { done: true, value: undefined }
        : { done: false, found: `${found}; ${high.node.name} has ${block?.hash} at ${low.head.number}` }
    },
  })
}

interface Side {
  readonly node: ClHandle
  readonly head: L2BlockRef | null
}
