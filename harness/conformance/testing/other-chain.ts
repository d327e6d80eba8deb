import type { Hash } from 'viem'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import type { EngineApi } from '../../../node/ports/engine-api.ts'
import type { L2Label, L2Source } from '../../../node/ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../../../node/protocol/block-ref.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { type L2BlockRef, sameBlock, zeroL2BlockRef } from '../../../node/protocol/refs.ts'

/** The heads that the other client publishes. */
export interface OtherHeads {
  readonly unsafe: L2BlockRef
  readonly localSafe: L2BlockRef
  readonly safe: L2BlockRef
  readonly finalized: L2BlockRef
}

/** What the source says, already checked against L1. */
export type SourceHeads = Omit<OtherHeads, 'unsafe'>

export interface OtherChain {
  /** Zeros, but for finalized, while it resets: as op-node publishes them. */
  heads(): OtherHeads
  /** Takes over what the source says. The one thing that it deliberately cannot do is case 4: see `follow`. */
  follow(source: SourceHeads): Promise<void>
  /** An unsafe block of gossip. */
  add(envelope: PayloadEnvelope): Promise<void>
}

export interface OtherChainOptions {
  readonly engine: EngineApi
  readonly l2: L2Source
  readonly rollup: RollupConfig
  readonly log: (message: string) => void
}

/** Blocks of gossip whose parent is not there yet. */
const waitingMax = 256

export function createOtherChain({ engine, l2, rollup, log }: OtherChainOptions): OtherChain {
  let heads: OtherHeads | null = null
  let finalized = zeroL2BlockRef
  let conflict = false
  /** A head of gossip that the engine fetches the blocks of. */
  let fetching: L2BlockRef | null = null
  const waiting = new Map<Hash, PayloadEnvelope>()
  let last: Promise<void> = Promise.resolve()

  /** One after the other: ticks and gossip want the same heads. An error of the engine makes it read everything anew. */
  function inTurn(run: (current: OtherHeads) => Promise<void>): Promise<void> {
    last = last.then(async () => {
      try {
        await run(heads ?? (await readHeads()))
      } catch (error) {
        heads = null
        log(`resets: ${error instanceof Error ? error.message : error}`)
      }
    })
    return last
  }

  async function readHeads(): Promise<OtherHeads> {
    const read = async (label: L2Label) => {
      const block = (await l2.blockByLabel(label)) ?? (await l2.blockByNumber(0n))
      if (block === null) throw new Error('the engine has no genesis')
      return l2BlockRefFromPayload(rollup, block.payload)
    }
    const [unsafe, safe, last] = await Promise.all([read('latest'), read('safe'), read('finalized')])
    heads = { unsafe, localSafe: safe, safe, finalized: last }
    finalized = last
    log(`starts at unsafe ${unsafe.number}, safe ${safe.number}, finalized ${last.number}`)
    return heads
  }

  /** One forkchoice update. False while the engine fetches the blocks. */
  async function update(next: OtherHeads): Promise<boolean> {
    const { payloadStatus } = await engine.forkchoiceUpdated({
      headBlockHash: next.unsafe.hash,
      safeBlockHash: next.safe.hash,
      finalizedBlockHash: next.finalized.hash,
    })
    if (payloadStatus.status === 'SYNCING') return false
    if (payloadStatus.status !== 'VALID') throw new Error(`forkchoice update: ${payloadStatus.status}`)
    heads = next
    finalized = next.finalized
    return true
  }

  /** Case 4 is missing: it never gives up its own unsafe chain, and waits for its operator. */
  function refuse(number: bigint, who: 'the source' | 'gossip' = 'the source'): void {
    conflict = true
    log(`${who} has another block ${number} than we have: not followed any more`)
  }

  /** To a head that is no child of ours. The engine may need several updates until it has the blocks. */
  async function jump(from: OtherHeads, to: OtherHeads): Promise<void> {
    fetching = to.unsafe
    if (!(await update(to))) return
    fetching = null
    const kept = await l2.blockByNumber(from.unsafe.number)
    if (kept?.payload.blockHash === from.unsafe.hash) await extend(to)
    else {
      await update(from)
      refuse(from.unsafe.number)
    }
  }

  async function extend(from: OtherHeads): Promise<OtherHeads> {
    let current = from
    for (;;) {
      const envelope = waiting.get(current.unsafe.hash)
      if (envelope === undefined) return current
      waiting.delete(current.unsafe.hash)
      const { status } = await engine.newPayload(envelope)
      if (status !== 'VALID') return current
      const next = { ...current, unsafe: l2BlockRefFromPayload(rollup, envelope.payload) }
      if (!(await update(next))) return current
      current = next
    }
  }

  return {
    heads: () =>
      heads ?? { unsafe: zeroL2BlockRef, localSafe: zeroL2BlockRef, safe: zeroL2BlockRef, finalized },

    follow: (source) =>
      inTurn(async (current) => {
        if (conflict || source.localSafe.number < current.localSafe.number) return
        if (source.localSafe.number > current.unsafe.number) {
          // Case 1: the engine fetches what it does not have.
          await jump(current, { ...source, unsafe: source.localSafe })
          return
        }
        if (fetching !== null && fetching.number > current.unsafe.number) {
          await jump(current, { ...current, unsafe: fetching })
          return
        }
        const own = await l2.blockByNumber(source.localSafe.number)
        if (own === null) return
        if (own.payload.blockHash !== source.localSafe.hash) {
          refuse(source.localSafe.number)
          return
        }
        if (sameBlock(source.localSafe, current.localSafe) && sameBlock(source.finalized, current.finalized))
          return
        await update({ ...source, unsafe: current.unsafe })
      }),

    add: (envelope) =>
      inTurn(async (current) => {
        if (envelope.payload.blockNumber <= current.unsafe.number) return
        if (waiting.size >= waitingMax) waiting.delete(waiting.keys().next().value ?? '0x')
        waiting.set(envelope.payload.parentHash, envelope)
        if ((await extend(current)) !== current || conflict || fetching !== null) return
        if (envelope.payload.blockNumber === current.unsafe.number + 1n) {
          refuse(current.unsafe.number, 'gossip')
          return
        }
        // Blocks before it were missed: the engine's peers have them.
        await engine.newPayload(envelope)
        await jump(current, { ...current, unsafe: l2BlockRefFromPayload(rollup, envelope.payload) })
      }),
  }
}
