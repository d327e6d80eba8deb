import type { Address, Hash } from 'viem'
import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { Actor } from '../concurrency/supervise.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import type { L1BlockRef } from '../protocol/refs.ts'
import { sameHex } from '../protocol/same-hex.ts'
import { unsafeBlockSignerUpdates } from '../protocol/system-config-log.ts'
import { type L1ChainChange, l1ViewBlocksMax } from './l1-chain-view.ts'

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
  /** Called with every new signer; null when L1 names none (any more). */
  readonly onSigner: (signer: Address | null) => void
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Takes the signer from the contract's storage at the first head, then from the logs of every L1 block after it. A
 * reorg may orphan an update, so storage is read again. L1 errors delay the answer and are never fatal.
 */
export function createUnsafeBlockSigner(options: UnsafeBlockSignerOptions): UnsafeBlockSigner {
  const { l1, l1SystemConfigAddress, onSigner, clock, logger } = options
  const wakeup = createWakeup()
  let signer: Address | null = null
  /** Storage must be read at this block before any log counts. */
  let readAt: L1BlockRef | null = null
  /** Blocks whose logs were not read yet, ascending; all above `readAt`. */
  let unscanned: readonly L1BlockRef[] = []

  const adopt = (told: Address, source: string) => {
    // Nobody can sign for the zero address: it says that there is no signer.
    const next = sameHex(told, zeroAddress) ? null : (told.toLowerCase() as Address)
    if (next === signer) return
    signer = next
    logger.info('unsafe block signer', { signer: next ?? 'none', source })
    onSigner(next)
  }

  const step = async (signal: AbortSignal): Promise<void> => {
    if (readAt !== null) {
      const at = readAt
      const word = await l1.storageAt(l1SystemConfigAddress, unsafeBlockSignerSlot, at.hash, signal)
      // Another change may have asked for a newer read meanwhile.
      if (readAt !== at) return
      readAt = null
      adopt(`0x${word.slice(26)}`, `storage at L1 block ${at.number}`)
      return
    }
    const [block] = unscanned
    if (block === undefined) return
    const receipts = await l1.receiptsByHash(block.hash, signal)
    if (receipts === null) throw new Error(`own L1 has no receipts of block ${block.number} ${block.hash}`)
    if (unscanned[0] !== block) return
    unscanned = unscanned.slice(1)
    for (const update of unsafeBlockSignerUpdates(receipts, l1SystemConfigAddress))
      adopt(update, `log in L1 block ${block.number}`)
  }

  return {
    name: 'unsafe-block-signer',
    get signer() {
      return signer
    },
    onChainChange({ head, added, removed, restarted }) {
      const overflow = unscanned.length + added.length > l1ViewBlocksMax
      if (restarted || removed.length > 0 || overflow || readAt !== null) {
        readAt = head
        unscanned = []
      } else {
        unscanned = [...unscanned, ...added]
      }
      wakeup.ring()
    },
    async run(signal) {
      const backOff = createBackOff({ firstMs: 500, maxMs: 10_000 })
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
