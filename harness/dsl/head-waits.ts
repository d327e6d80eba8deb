import { type BlockId, formatRef, isZeroRef, type L2BlockRef, sameBlock } from '../../node/protocol/refs.ts'
import { headOf, type Level, levels } from '../world/levels.ts'
import type { ClHandle } from '../world/world.ts'
import { createNodeStatus } from './node-status.ts'
import type { Run } from './run.ts'

/** For how long something must not happen: the time of that many L2 blocks. */
export interface BlockSpan {
  readonly blocks: number
}

/**
 * Waits for the heads of one node. Each ends by itself when no progress is made, with the state of all nodes.
 *
 * @example
 * ```ts
 * import type { ClNode, L1Node } from 'lockstep'
 *
 * export async function comesBack(follower: ClNode, l1: L1Node): Promise<void> {
 *   const head = await follower.advanced('localSafe', 3)
 *   await l1.reorg(head.l1Origin)
 *   await follower.originsCanonical()
 *   await follower.reached('localSafe', head.number)
 *   await follower.notAdvanced('finalized', { blocks: 2 })
 * }
 * ```
 */
export interface HeadWaits {
  /** Waits until the head has that number or a higher one. */
  reached(level: Level, number: number | bigint): Promise<L2BlockRef>
  /** Waits until the head is that many blocks further than now. */
  advanced(level: Level, by: number | bigint): Promise<L2BlockRef>
  /** The head does not move for the time of that many L2 blocks. */
  notAdvanced(level: Level, span: BlockSpan): Promise<void>
  /** Waits until the head takes its deposits from that L1 block. */
  reachedOrigin(level: Level, origin: BlockId): Promise<L2BlockRef>
  /**
   * Waits until the head takes its deposits from L1 block `number` or a newer one. Block 1 is the first that a reorg can
   * take away: a sequencer that is slow at its start builds on block 0 for long.
   */
  reachedL1(level: Level, number: number | bigint): Promise<L2BlockRef>
  /** Waits until the unsafe head is at most one L2 block behind the clock: a slow start is over. */
  caughtUp(): Promise<L2BlockRef>
  /** Waits until the two levels are the same block. */
  converged(a: Level, b: Level): Promise<L2BlockRef>
  /** While `during` runs, the two levels are the same block at every observation. */
  keepsEqual<T>(a: Level, b: Level, during: () => Promise<T>): Promise<T>
  /** Waits until the origin of every known head is on the canonical L1. */
  originsCanonical(): Promise<void>
}

/** How far a wait for something else than a number may have to go, for its limits. */
const someBlocks = 10n

export function createHeadWaits(run: Run, component: ClHandle): HeadWaits {
  const { name, status: stream } = component
  const { clock, l1, parameters } = run.world
  const status = createNodeStatus(run, component)

  const reached = (level: Level, number: bigint, from: bigint) =>
    status.wait({
      what: `${level} reaches ${number}`,
      expected: `${name}.${level} ≥ ${number}`,
      limits: run.limits(level, number > from ? number - from : 1n),
      look(now) {
        const head = headOf(now, level)
        return head.number >= number
          ? { done: true, value: head }
          : { done: false, found: `${name}.${level} is ${formatRef(head)}` }
      },
    })

  return {
    async reached(level, number) {
      const latest = status.latest()
      return reached(level, BigInt(number), latest === null ? 0n : headOf(latest, level).number)
    },
    async advanced(level, by) {
      const from = headOf(await status.fresh(), level).number
      return reached(level, from + BigInt(by), from)
    },
    async notAdvanced(level, { blocks }) {
      const before = headOf(await status.fresh(), level)
      const expected = `${name}.${level} to stay ${formatRef(before)} for the time of ${blocks} blocks`
      const spanMs = blocks * parameters.l2BlockTime * 1000
      const untilMs = clock.nowMs() + spanMs
      const { stallMs } = run.limits(level)
      const last = await status.wait({
        what: `${level} does not move for ${blocks} blocks`,
        expected,
        limits: { stallMs: spanMs + stallMs, totalMs: spanMs + stallMs },
        look(now) {
          const head = headOf(now, level)
          return !sameBlock(head, before) || clock.nowMs() >= untilMs
            ? { done: true, value: head }
            : { done: false, found: `${name}.${level} is ${formatRef(head)}` }
        },
      })
      if (!sameBlock(last, before))
        throw run.violation(`${name}: ${level} moved`, expected, `${name}.${level} is ${formatRef(last)}`)
    },
    reachedOrigin: (level, origin) =>
      status.wait({
        what: `${level} has the origin ${formatRef(origin)}`,
        expected: `${name}.${level} with the L1 origin ${formatRef(origin)}`,
        limits: run.limits(level, someBlocks),
        look(now) {
          const head = headOf(now, level)
          if (head.l1Origin.hash === origin.hash) return { done: true, value: head }
          const found = `${name}.${level} is ${formatRef(head)} with the origin ${formatRef(head.l1Origin)}`
          // Origins only grow: with the finalized head past it, no head has that one again.
          const { l1Origin: final } = now.finalizedL2
          const isPast =
            !isZeroRef(now.finalizedL2) && final.number >= origin.number && final.hash !== origin.hash
          if (!isPast) return { done: false, found }
          const never = `${found}; finalized is ${formatRef(now.finalizedL2)} with the origin ${formatRef(final)}`
          return { done: false, found, never }
        },
      }),
    reachedL1: (level, number) =>
      status.wait({
        what: `${level} has an L1 origin of ${number} or more`,
        expected: `${name}.${level} with an L1 origin ≥ ${number}`,
        limits: run.limits(level, someBlocks),
        look(now) {
          const head = headOf(now, level)
          return head.l1Origin.number >= BigInt(number)
            ? { done: true, value: head }
            : {
                done: false,
                found: `${name}.${level} is ${formatRef(head)} with the origin ${head.l1Origin.number}`,
              }
        },
      }),
    caughtUp: () =>
      status.wait({
        what: 'unsafe catches up with the clock',
        expected: `${name}.unsafe at most one block behind the clock`,
        limits: run.limits('unsafe', someBlocks),
        look({ unsafeL2: head }) {
          const behindMs = clock.nowMs() - Number(head.timestamp) * 1000
          return behindMs < 2 * parameters.l2BlockTime * 1000
            ? { done: true, value: head }
            : { done: false, found: `${name}.unsafe is ${formatRef(head)}, ${behindMs} ms old` }
        },
      }),
    converged: (a, b) =>
      status.wait({
        what: `${a} and ${b} converge`,
        expected: `${name}.${a} and ${name}.${b} to be one block`,
        limits: run.limits(b, someBlocks),
        look(now) {
          const [one, two] = [headOf(now, a), headOf(now, b)]
          return sameBlock(one, two) && !isZeroRef(one)
            ? { done: true, value: one }
            : { done: false, found: `${a} is ${formatRef(one)}, ${b} is ${formatRef(two)}` }
        },
      }),
    async keepsEqual(a, b, during) {
      const broken = Promise.withResolvers<never>()
      broken.promise.catch(() => {})
      const end = stream.onObservation((observation) => {
        const [one, two] = [headOf(observation.status, a), headOf(observation.status, b)]
        if (sameBlock(one, two)) return
        broken.reject(
          run.violation(
            `${name}: ${a} and ${b} differ`,
            `${name}.${a} and ${name}.${b} to be one block at every observation`,
            `${a} is ${formatRef(one)}, ${b} is ${formatRef(two)}`,
          ),
        )
      })
      try {
        return await Promise.race([during(), broken.promise])
      } finally {
        end()
      }
    },
    originsCanonical: () =>
      status.wait({
        what: 'origins are canonical',
        expected: `the L1 origin of every head of ${name} on the canonical L1`,
        limits: run.limits('finalized', someBlocks),
        look(now) {
          const stale = levels
            .map((level) => ({ level, head: headOf(now, level) }))
            .filter(({ head }) => !isZeroRef(head) && !l1.view.isCanonical(head.l1Origin))
          if (isZeroRef(now.unsafeL2)) return { done: false, found: `${name} knows no head yet` }
          if (stale.length === 0) return { done: true, value: undefined }
          const found = stale
            .map(({ level, head }) => `${level}'s origin ${formatRef(head.l1Origin)} is not`)
            .join(', ')
          const final = now.finalizedL2
          const isFinal =
            stale.some(({ level }) => level === 'finalized') &&
            l1.controller.labels().finalized >= final.l1Origin.number
          if (!isFinal) return { done: false, found }
          const never = `${name}.finalized is ${formatRef(final)}, and L1 has finalized another block than its origin ${formatRef(final.l1Origin)}`
          return { done: false, found, never }
        },
      }),
  }
}
