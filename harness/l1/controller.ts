import { type Address, type Hash, pad, toHex } from 'viem'
import type { Clock } from '../../node/ports/clock.ts'
import { type BlockId, formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'
import type { AnvilClient } from './anvil-client.ts'
import { type ForkLength, type ForkTransactions, planFork } from './fork-plan.ts'
import type { ForkTree, RemovableBlock } from './fork-tree.ts'
import { withOnly } from './pending-pool.ts'
import { planAgain, ReorgRestoredError, readRemovable, replaceBlocks } from './replacement.ts'
import { type L1Labels, type L1Schedule, type LabelDistances, nextLabels, nextTimestamp } from './schedule.ts'

/** What happens on L1, for the timeline. */
export type L1Event =
  | { readonly kind: 'l1-block'; readonly block: L1BlockRef; readonly fork: number }
  | {
      readonly kind: 'l1-reorg'
      readonly orphaned: readonly L1BlockRef[]
      readonly replaced: readonly L1BlockRef[]
    }
  | ({ readonly kind: 'l1-labels' } & L1Labels)
  | { readonly kind: 'l1-production'; readonly on: boolean }
  | { readonly kind: 'l1-error'; readonly message: string }

export interface MineOptions {
  /** Default 1. */
  readonly blocks?: number
  /** Only these pending transactions, all in the first block. Default: whatever is pending. */
  readonly only?: readonly Hash[]
  /** Each block one slot after its parent, however much time has passed. Default: in the newest slot that has begun. */
  readonly everySlot?: boolean
}

export interface ReorgOptions {
  /**
   * The new chain compared with the old one: one block longer (the default), as long, or one block shorter. Or blocks that
   * an earlier reorg orphaned: the very same come back (A → B → A), up to the last of them.
   */
  readonly to?: ForkLength | readonly BlockId[]
  /** What becomes of the transactions of the replaced blocks. Default: they are pending again. */
  readonly transactions?: ForkTransactions
  /** Names the new chain, to come back to it. The first chain is `main`. */
  readonly as?: string
  /** Refuse to replace a block that L1 has called finalized. Default: such a reorg is made like any other. */
  readonly keepFinalized?: boolean
}

/** A reorg would replace finalized blocks, and was to be made only if it does not. */
export class BelowFinalizedError extends RangeError {
  override readonly name = 'BelowFinalizedError'
  constructor(at: bigint, finalized: bigint) {
    super(`cannot replace L1 blocks from ${at} on: block ${finalized} is finalized`)
  }
}

/** Of a chain that comes back. */
export type SwitchOptions = Pick<ReorgOptions, 'transactions' | 'keepFinalized'>

export interface ReorgResult {
  readonly orphaned: readonly L1BlockRef[]
  readonly replaced: readonly L1BlockRef[]
}

/** Who decides what L1 is: when a block comes, what it holds, and which fork is canonical. */
export interface L1Controller {
  readonly producing: boolean
  /** Produce a block every block time, with every pending transaction. */
  start(): void
  /** Resolves when no block is being made any more. */
  stop(): Promise<void>
  mine(options?: MineOptions): Promise<readonly L1BlockRef[]>
  /**
   * Replaces the block with that number and all above it, or nothing. The labels stay: L1 then calls another block finalized.
   * @throws when there is no such block, or when a replaced block has the hash of the old one; L1 is as before then.
   */
  reorg(at: bigint, options?: ReorgOptions): Promise<ReorgResult>
  /**
   * Goes back to a chain that L1 was: its blocks come back with the hashes that they had, up to where it was left.
   * @throws when there is no chain of that name, or L1 is it already.
   */
  switchTo(fork: string, options?: SwitchOptions): Promise<ReorgResult>
  head(): Promise<L1BlockRef>
  /** @throws when the canonical chain has no such block. */
  block(at: bigint | 'latest' | 'safe' | 'finalized'): Promise<L1BlockRef>
  /** Hashes of pending transactions, optionally only those to one address. */
  pending(to?: Address): Promise<readonly Hash[]>
  labels(): L1Labels
  /** Resolves when no reorg is under way and no block is being mined: who waits for it never sees half a reorg. */
  settled(): Promise<void>
}

export interface L1ControllerModules {
  readonly anvil: AnvilClient
  readonly clock: Clock
  readonly schedule: L1Schedule
  readonly distances: LabelDistances
  readonly tree: ForkTree
  readonly onEvent: (event: L1Event) => void
}

export async function createL1Controller(modules: L1ControllerModules): Promise<L1Controller> {
  const { anvil, clock, schedule, tree, onEvent } = modules
  const genesis = await requireBlock(0n)
  let head = genesis
  let labels: L1Labels = nextLabels({ safe: 0n, finalized: 0n }, head.number, modules.distances)
  let fork = 0
  /** The name of what L1 is, and the head of each chain when it was left. */
  let chain = 'main'
  const left = new Map<string, BlockId>()
  let production: { readonly abort: AbortController; readonly done: Promise<void> } | null = null
  let queue: Promise<unknown> = Promise.resolve()
  tree.add(genesis, fork)
  await anvil.setFeeRecipient(feeRecipient(fork))

  /** One change of L1 at a time. */
  function exclusive<T>(change: () => Promise<T>): Promise<T> {
    const result = queue.then(change)
    queue = result.catch(() => {})
    return result
  }

  async function requireBlock(at: bigint | 'latest'): Promise<L1BlockRef> {
    const block = await anvil.block(at)
    if (block === null)
      throw new Error(`L1 has no block ${at}; its head is ${(await anvil.block('latest'))?.number}`)
    return block
  }

  /** A new canonical block, told to everyone. */
  function announce(block: L1BlockRef, of = fork): void {
    head = block
    const before = labels
    labels = nextLabels(labels, head.number, modules.distances)
    tree.add(block, of)
    onEvent({ kind: 'l1-block', block, fork: of })
    if (labels.safe !== before.safe || labels.finalized !== before.finalized)
      onEvent({ kind: 'l1-labels', ...labels })
  }

  async function mineOne(timestamp: bigint): Promise<L1BlockRef> {
    const block = await anvil.mineBlock(head.number + 1n, timestamp)
    announce(block)
    return block
  }

  const nowSeconds = () => BigInt(Math.floor(clock.nowMs() / 1000))
  const mineNext = (now = nowSeconds()) => mineOne(nextTimestamp(schedule, head.timestamp, now))

  async function replace(at: bigint, options: ReorgOptions): Promise<ReorgResult> {
    if (at < 1n || at > head.number)
      throw new Error(`cannot reorg L1 at block ${at}: expected 1 to ${head.number}`)
    if (options.keepFinalized === true && at <= labels.finalized)
      throw new BelowFinalizedError(at, labels.finalized)
    const { to = 'longer', transactions = 'return' } = options
    const tip = typeof to === 'string' ? undefined : to.at(-1)
    if (typeof to !== 'string' && tip === undefined) throw new Error('cannot reorg L1 to no blocks')
    const again = tip === undefined ? [] : branchAt(at, tip)
    const name = options.as ?? nameOf(tip)
    if (tip === undefined && (name === chain || left.has(name)))
      throw new Error(`cannot call a new fork of L1 ${name}: there is one of that name`)
    const numbers = Array.from({ length: Number(head.number - at) + 1 }, (_, index) => at + BigInt(index))
    const orphaned = await Promise.all(numbers.map((number) => requireBlock(number)))
    const removed = await readRemovable(anvil, orphaned)
    const { blockTime } = schedule
    const plans =
      typeof to === 'string'
        ? planFork({ removed, blockTime, length: to, transactions, feeRecipient: feeRecipient(fork + 1) })
        : again.map(planAgain)
    const replaced = await withOnly(anvil, [], async () => {
      const blocks = await replaceBlocks({ anvil, removed, plans }).catch(async (error: unknown) => {
        if (!(error instanceof ReorgRestoredError)) await adoptHead(removed)
        throw error
      })
      // Back in the pool before what was sent after them: a sender's nonces are in order then.
      if (transactions !== 'drop') await anvil.resubmit(removed.flatMap((block) => block.transactions))
      return blocks
    })
    left.set(chain, head)
    chain = name
    fork++
    // Blocks that are mined on what came back are others than those that were.
    await anvil.setFeeRecipient(feeRecipient(fork))
    for (const block of removed) tree.orphan(block)
    for (const block of replaced) announce(block, tree.forkOf(block.hash))
    onEvent({ kind: 'l1-reorg', orphaned, replaced })
    return { orphaned, replaced }
  }

  /** Orphaned blocks that can come back in place of the block `at` and all above it. */
  function branchAt(at: bigint, tip: BlockId): readonly RemovableBlock[] {
    const branch = tree.branch(tip)
    const first = branch[0]!.ref.number
    if (first !== at)
      throw new Error(
        `cannot reorg L1 at block ${at} to ${formatRef(tip)}: its fork begins at block ${first}, reorg there`,
      )
    return branch
  }

  /** Of a new chain, or of one that comes back. */
  function nameOf(tip: BlockId | undefined): string {
    const known = [...left].find(([, { hash }]) => hash === tip?.hash)
    return known?.[0] ?? `fork ${fork + 1}`
  }

  function switchTo(name: string, options: SwitchOptions): Promise<ReorgResult> {
    const tip = name === chain ? undefined : left.get(name)
    if (tip === undefined)
      throw new Error(
        `L1 is ${chain} and cannot switch to ${name}: it was ${[...left.keys()].join(', ') || 'nothing else'}`,
      )
    return reorg(tree.branch(tip)[0]!.ref.number, { ...options, to: [tip], as: name })
  }

  /** The old chain could not be put back: L1 is what anvil has, and everybody is told. */
  async function adoptHead(removed: readonly RemovableBlock[]): Promise<void> {
    fork++
    for (const block of removed) tree.orphan(block)
    const { number } = await requireBlock('latest')
    const first = removed[0]!.ref.number
    if (number < first) return announce(await requireBlock(number))
    for (let at = first; at <= number; at++) announce(await requireBlock(at))
  }

  /** A reorg that failed is told, and so is what L1 is after it. */
  async function reorg(at: bigint, options: ReorgOptions): Promise<ReorgResult> {
    try {
      return await replace(at, options)
    } catch (error) {
      onEvent({ kind: 'l1-error', message: error instanceof Error ? error.message : String(error) })
      if (error instanceof ReorgRestoredError) await anvil.setFeeRecipient(feeRecipient(fork))
      throw error
    }
  }

  async function produce(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dueMs = Number(head.timestamp + schedule.blockTime) * 1000
      try {
        await clock.sleep(Math.max(0, dueMs - clock.nowMs()), signal)
      } catch {
        return
      }
      try {
        // The head may have moved by hand while this slept: then the next block is not due yet.
        await exclusive(async () => {
          if (!signal.aborted && Number(head.timestamp + schedule.blockTime) * 1000 <= clock.nowMs())
            await mineNext()
        })
      } catch (error) {
        onEvent({
          kind: 'l1-error',
          message: `block production: ${error instanceof Error ? error.message : error}`,
        })
        await clock.sleep(250, signal).catch(() => {})
      }
    }
  }

  return {
    get producing() {
      return production !== null
    },
    start() {
      if (production !== null) return
      const abort = new AbortController()
      production = { abort, done: produce(abort.signal) }
      onEvent({ kind: 'l1-production', on: true })
    },
    async stop() {
      if (production === null) return
      const { abort, done } = production
      production = null
      abort.abort()
      await done
      onEvent({ kind: 'l1-production', on: false })
    },
    mine: (options = {}) =>
      exclusive(async () => {
        const blocks: L1BlockRef[] = []
        const { only, everySlot = false } = options
        // At genesis no slot has begun yet: the next one is the parent's next.
        const next = () => mineNext(everySlot ? schedule.genesisTime : nowSeconds())
        if (only !== undefined) blocks.push(await withOnly(anvil, only, next))
        while (blocks.length < (options.blocks ?? 1)) blocks.push(await next())
        return blocks
      }),
    reorg: (at, options = {}) => exclusive(() => reorg(at, options)),
    switchTo: (name, options = {}) => exclusive(() => switchTo(name, options)),
    head: () => exclusive(async () => head),
    block: (at) =>
      exclusive(() => requireBlock(at === 'safe' ? labels.safe : at === 'finalized' ? labels.finalized : at)),
    pending: (to) => exclusive(() => anvil.pending(to)),
    labels: () => labels,
    async settled() {
      await queue
    },
  }
}

function feeRecipient(fork: number): Address {
  return pad(toHex(0xfee00000 + fork), { size: 20 })
}
