import { type Address, type Hash, type Hex, pad, toHex } from 'viem'
import type { Clock } from '../../node/ports/clock.ts'
import { formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'
import type { AnvilClient } from './anvil-client.ts'
import type { ForkTree } from './fork-tree.ts'
import { type L1Labels, type L1Schedule, type LabelDistances, nextLabels, nextTimestamp } from './schedule.ts'

/** What happens on L1, for the timeline. */
export type L1Event =
  | { readonly kind: 'l1-block'; readonly block: L1BlockRef; readonly fork: number }
  | {
      readonly kind: 'l1-reorg'
      readonly orphaned: readonly L1BlockRef[]
      readonly replaced: readonly L1BlockRef[]
    }
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
  /** The new chain compared with the old one: one block longer (the default), as long, or one block shorter. */
  readonly to?: 'longer' | 'equal' | 'shorter'
}

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
   * Replaces the block with that number and all above it. Orphaned transactions return to the pool; the new blocks
   * are empty.
   * @throws when there is no such block, or when a replaced block has the hash of the old one.
   */
  reorg(at: bigint, options?: ReorgOptions): Promise<ReorgResult>
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

  async function mineOne(timestamp: bigint): Promise<L1BlockRef> {
    await anvil.mine(timestamp)
    const block = await requireBlock('latest')
    if (block.number !== head.number + 1n || block.timestamp !== timestamp)
      throw new Error(
        `anvil mined ${formatRef(block)} at ${block.timestamp}, expected ${head.number + 1n} at ${timestamp}`,
      )
    head = block
    labels = nextLabels(labels, head.number, modules.distances)
    tree.add(block, fork)
    onEvent({ kind: 'l1-block', block, fork })
    return block
  }

  const nowSeconds = () => BigInt(Math.floor(clock.nowMs() / 1000))
  const mineNext = (now = nowSeconds()) => mineOne(nextTimestamp(schedule, head.timestamp, now))

  /** Takes every pending transaction but `keep` out of the pool while `change` runs. */
  async function withOnly<T>(keep: readonly Hash[], change: () => Promise<T>): Promise<T> {
    const pending = await anvil.pending()
    const missing = keep.filter((hash) => !pending.includes(hash))
    if (missing.length > 0)
      throw new Error(`expected these transactions to be pending on L1: ${missing.join(', ')}`)
    const held: Hex[] = []
    for (const hash of pending.filter((hash) => !keep.includes(hash))) {
      held.push(await anvil.rawTransaction(hash))
      await anvil.drop(hash)
    }
    try {
      return await change()
    } finally {
      await anvil.resubmit(held)
    }
  }

  async function replace(at: bigint, options: ReorgOptions): Promise<ReorgResult> {
    if (at < 1n || at > head.number)
      throw new Error(`cannot reorg L1 at block ${at}: expected 1 to ${head.number}`)
    const depth = Number(head.number - at) + 1
    const length = depth + { longer: 1, equal: 0, shorter: -1 }[options.to ?? 'longer']
    if (length < 1)
      throw new Error(`cannot reorg L1 at block ${at} to a shorter fork: only one block would be replaced`)
    const orphaned: L1BlockRef[] = []
    const transactions: Hex[] = []
    for (let number = at; number <= head.number; number++) {
      const block = await anvil.fullBlock(await requireBlock(number))
      tree.orphan(block)
      orphaned.push(block.ref)
      for (const { hash } of block.block.transactions) transactions.push(await anvil.rawTransaction(hash))
    }
    await anvil.rollback(depth)
    head = await requireBlock('latest')
    fork++
    // A fee recipient of its own makes every block of the fork differ from the one it replaces.
    await anvil.setFeeRecipient(feeRecipient(fork))
    const replaced = await withOnly([], async () => {
      const blocks: L1BlockRef[] = []
      for (let index = 0; index < length; index++)
        blocks.push(await mineOne(orphaned[index]?.timestamp ?? head.timestamp + schedule.blockTime))
      return blocks
    })
    const same = replaced.find((block, index) => block.hash === orphaned[index]?.hash)
    if (same !== undefined) throw new Error(`the reorg did not change L1 block ${formatRef(same)}`)
    await anvil.resubmit(transactions)
    onEvent({ kind: 'l1-reorg', orphaned, replaced })
    return { orphaned, replaced }
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
        if (only !== undefined) blocks.push(await withOnly(only, next))
        while (blocks.length < (options.blocks ?? 1)) blocks.push(await next())
        return blocks
      }),
    reorg: (at, options = {}) => exclusive(() => replace(at, options)),
    head: () => exclusive(async () => head),
    block: (at) =>
      exclusive(() => requireBlock(at === 'safe' ? labels.safe : at === 'finalized' ? labels.finalized : at)),
    pending: (to) => exclusive(() => anvil.pending(to)),
    labels: () => labels,
    settled: () => exclusive(async () => {}),
  }
}

function feeRecipient(fork: number): Address {
  return pad(toHex(0xfee00000 + fork), { size: 20 })
}
