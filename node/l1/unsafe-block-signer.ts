import type { Address, Hash } from 'viem'
import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { Actor } from '../concurrency/supervise.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { Clock } from '../ports/clock.ts'
import type { BlockSigners } from '../ports/gossip.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { BlockId, L1BlockRef } from '../protocol/refs.ts'
import { sameHex } from '../protocol/same-hex.ts'
import { unsafeBlockSignerUpdates } from '../protocol/system-config-log.ts'
import { type L1ChainChange, l1ViewBlocksMax } from './l1-chain-view.ts'
import { type SignerHistory, signersOf, withoutBlocks, withSigner } from './signer-history.ts'

/**
 * Where the SystemConfig contract keeps the unsafe block signer: keccak256("systemconfig.unsafeblocksigner").
 * Source: specs/protocol/system-config.md, "unsafeBlockSigner".
 */
export const unsafeBlockSignerSlot: Hash =
  '0x65a7ed542fb37fe237fdfbdd70b31598523fe5b32879e307bae27a0bd9581c08'

const zeroAddress: Address = `0x${'00'.repeat(20)}`

/** Knows who must sign the chain's unsafe blocks. */
export interface UnsafeBlockSigner extends Actor {
  /** Null until L1 told. */
  readonly signer: Address | null
  /** Feeds the watcher's changes. */
  onChainChange(change: L1ChainChange): void
}

export interface UnsafeBlockSignerOptions {
  readonly l1: L1Source
  readonly l1SystemConfigAddress: Address
  /** Called with every change. */
  readonly onSigners: (signers: BlockSigners) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** How far back L1 is asked for its state: nodes that are no archive keep 128 blocks of it. */
const stateBlocksMax = 64

/**
 * Takes the signer from the contract's storage at the first head, then from the logs of every L1 block after it. A
 * rotation in a block that L1 orphans never was. L1 errors delay the answer and are never fatal.
 */
export function createUnsafeBlockSigner(options: UnsafeBlockSignerOptions): UnsafeBlockSigner {
  const { l1, l1SystemConfigAddress, onSigners, clock, random, logger } = options
  const wakeup = createWakeup()
  let history: SignerHistory = []
  let told: BlockSigners = signersOf(history)
  /** Storage must be read at this block before any log counts. */
  let readAt: BlockId | null = null
  /** Blocks whose logs were not read yet, ascending; all above `readAt`. */
  let unscanned: readonly L1BlockRef[] = []
  /** L1 blocks in between were not seen: the ones of the history may be orphans. */
  let unsure = false

  const tell = (source: string) => {
    const signers = signersOf(history)
    const { current, previous } = signers
    if (current === told.current && previous?.address === told.previous?.address) {
      if (previous?.untilMs === told.previous?.untilMs) return
    }
    told = signers
    logger.info('unsafe block signer', {
      signer: current ?? 'none',
      source,
      ...(previous === null ? {} : { previous: previous.address, graceUntilMs: previous.untilMs }),
    })
    onSigners(signers)
  }

  const learn = (address: Address, at: BlockId, source: string) => {
    // Nobody can sign for the zero address: it says that there is no signer.
    const signer = sameHex(address, zeroAddress) ? null : (address.toLowerCase() as Address)
    history = withSigner(history, { signer, at, seenMs: clock.nowMs() })
    tell(`${source} ${at.number}`)
  }

  /** The blocks of the history that are not on L1 any more. */
  const orphans = async (signal: AbortSignal): Promise<ReadonlySet<Hash>> => {
    const gone = new Set<Hash>()
    for (const { at } of history)
      if ((await l1.headerByNumber(at.number, signal))?.hash !== at.hash) gone.add(at.hash)
    return gone
  }

  const step = async (signal: AbortSignal): Promise<void> => {
    if (readAt !== null) {
      const at = readAt
      const gone = unsure ? await orphans(signal) : new Set<Hash>()
      const word = await l1.storageAt(l1SystemConfigAddress, unsafeBlockSignerSlot, at.hash, signal)
      // Another change may have asked for a newer read meanwhile.
      if (readAt !== at) return
      readAt = null
      unsure = false
      history = withoutBlocks(history, gone)
      learn(`0x${word.slice(26)}`, at, 'storage at L1 block')
      return
    }
    const [block] = unscanned
    if (block === undefined) return
    const receipts = await l1.receiptsByHash(block.hash, signal)
    if (receipts === null) throw new Error(`own L1 has no receipts of block ${block.number} ${block.hash}`)
    if (unscanned[0] !== block) return
    unscanned = unscanned.slice(1)
    // Who was named and replaced within a block never was the signer.
    const update = unsafeBlockSignerUpdates(receipts, l1SystemConfigAddress).at(-1)
    if (update !== undefined) learn(update, block, 'log in L1 block')
  }

  /** Takes in a change whose blocks are all known. */
  const follow = ({ head, added, removed }: L1ChainChange): void => {
    const gone = new Set(removed.map(({ hash }) => hash))
    history = withoutBlocks(history, gone)
    unscanned = [...unscanned.filter(({ hash }) => !gone.has(hash)), ...added]
    if (removed.length === 0 || (readAt !== null && !gone.has(readAt.hash))) return
    const [lowest] = added
    if (readAt === null && history.length > 0) tell(`L1 reorg to block ${head.number}`)
    else if (lowest === undefined || added.length > stateBlocksMax) restart(head)
    else {
      // Everything that was known is orphaned. Below the new blocks storage says who it was, their logs who came then.
      readAt = { hash: lowest.parentHash, number: lowest.number - 1n }
      unscanned = added
    }
  }

  const restart = (head: L1BlockRef): void => {
    readAt = head
    unscanned = []
    unsure = history.length > 0
  }

  return {
    name: 'unsafe-block-signer',
    get signer() {
      return told.current
    },
    onChainChange(change) {
      const overflow = unscanned.length + change.added.length > l1ViewBlocksMax
      if (change.restarted || overflow) restart(change.head)
      else follow(change)
      wakeup.ring()
    },
    async run(signal) {
      const backOff = createBackOff({ firstMs: 500, maxMs: 10_000, random })
      while (!signal.aborted) {
        if (readAt === null && unscanned.length === 0) await wakeup.wait(signal)
        try {
          await step(signal)
          backOff.reset()
        } catch (error) {
          signal.throwIfAborted()
          logger.warn('unsafe block signer could not be read from L1', { error: errorText(error) })
          await clock.sleep(backOff.next(), signal)
        }
      }
    },
  }
}
