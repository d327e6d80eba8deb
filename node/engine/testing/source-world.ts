import type { Hash } from 'viem'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import type { FollowTarget } from '../engine-client.ts'
import type { EngineRig } from './engine-rig.ts'

/**
 * The world around a following node, for property tests: a follow source on the rig's L1, with its own L2 chain and
 * heads. L1 reorgs take the source's blocks above finality with them. Every block that was ever made is with the peers.
 */
export interface SourceWorld {
  /** The source's chain, by number. */
  readonly chain: readonly PayloadEnvelope[]
  readonly heads: { readonly localSafe: number; readonly safe: number; readonly finalized: number }
  /** Every block that was ever made. */
  readonly blocks: ReadonlyMap<Hash, PayloadEnvelope>
  /** The highest safe number that the source ever reported. */
  readonly reportedSafe: bigint
  mineL1(count: number): void
  /** The source's sequencer makes blocks. */
  extend(count: number): void
  advance(head: 'localSafe' | 'safe' | 'finalized', by: number): void
  /** Reorgs L1 `depth` blocks deep, but never below the origin of finalized. */
  reorgL1(depth: number): void
  /** What a validated status says now. */
  target(): FollowTarget
}

export function createSourceWorld({
  chain: { config, genesis },
  el,
  l1,
  ref,
  extend,
}: EngineRig): SourceWorld {
  let chain: PayloadEnvelope[] = [genesis]
  const heads = { localSafe: 0, safe: 0, finalized: 0 }
  const blocks = new Map<Hash, PayloadEnvelope>([[genesis.payload.blockHash, genesis]])
  let reportedSafe = 0n
  let fork = 0

  const keep = (block: PayloadEnvelope) => {
    blocks.set(block.payload.blockHash, block)
    el.peers.set(block.payload.blockHash, block)
  }
  const world: SourceWorld = {
    get chain() {
      return chain
    },
    heads,
    blocks,
    get reportedSafe() {
      return reportedSafe
    },
    mineL1: (count) => void l1.mine(count),
    extend(count) {
      for (let index = 0; index < count; index++) {
        const parent = chain.at(-1)!
        const current = ref(parent).l1Origin.number
        // Two L2 blocks for each L1 block, as the block times of 1 s and 2 s have it.
        const isDue = (ref(parent).number + 1n) / 2n > current && current < l1.head.number
        const [block] = extend(parent, 1, l1.at(isDue ? current + 1n : current), `fork ${fork}`)
        keep(block!)
        chain.push(block!)
      }
    },
    advance(head, by) {
      const limit = { localSafe: chain.length - 1, safe: heads.localSafe, finalized: heads.safe }[head]
      heads[head] = Math.min(limit, heads[head] + by)
    },
    reorgL1(depth) {
      const lowest = ref(chain[heads.finalized]!).l1Origin.number + 1n
      const from = l1.head.number - BigInt(depth) + 1n
      const at = from < lowest ? lowest : from
      if (at < 1n || at > l1.head.number) return
      l1.reorg(at, depth + 1)
      fork++
      chain = chain.filter((block) => ref(block).l1Origin.number < at)
      heads.localSafe = Math.min(heads.localSafe, chain.length - 1)
      heads.safe = Math.min(heads.safe, heads.localSafe)
    },
    target() {
      const localSafe = ref(chain[heads.localSafe]!)
      if (localSafe.number > reportedSafe) reportedSafe = localSafe.number
      return {
        currentL1: l1.head,
        localSafe,
        safe: ref(chain[heads.safe]!),
        finalized: ref(chain[heads.finalized]!),
      }
    },
  }
  if (config.genesis.l1.number !== 0n) throw new Error('source world: expected L1 genesis at number 0')
  return world
}
