import { type BlockId, type L1BlockRef, zeroL1BlockRef } from '../../../node/protocol/refs.ts'
import type { L1Controller } from '../../l1/controller.ts'
import { createL1View, type L1View } from '../../world/l1-view.ts'
import type { L1Handle } from '../../world/world.ts'
import { fakeHash } from './fake-hash.ts'
import { fakeRpc } from './fake-rpc.ts'

/** Block 0 of a fake L1. */
export const fakeL1Genesis: BlockId = { number: 0n, hash: fakeHash(0, '1') }

export interface FakeL1 extends L1Handle {
  readonly view: L1View
}

/** An L1 of empty blocks that are mined by hand alone; fork `1` first, then `2` and so on. */
export function createFakeL1(nowMs: () => number): FakeL1 {
  const view = createL1View(fakeL1Genesis)
  const chain: L1BlockRef[] = [{ ...zeroL1BlockRef, ...fakeL1Genesis }]
  let fork = 1
  let producing = true
  const last = () => chain.at(-1) as L1BlockRef
  const add = () => {
    const number = last().number + 1n
    const block = { ...zeroL1BlockRef, number, hash: fakeHash(number, String(fork)), parentHash: last().hash }
    chain.push(block)
    view.add(block, nowMs())
    return block
  }
  const controller: L1Controller = {
    get producing() {
      return producing
    },
    start() {
      producing = true
    },
    async stop() {
      producing = false
    },
    mine: async ({ blocks = 1 } = {}) => Array.from({ length: blocks }, add),
    async reorg(at) {
      if (at < 1n || at > last().number) throw new Error(`cannot reorg L1 at block ${at}`)
      fork++
      const orphaned = chain.splice(Number(at))
      return { orphaned, replaced: [...orphaned, null].map(add) }
    },
    switchTo: () => Promise.reject(new Error('a fake L1 has no forks to go back to')),
    head: async () => last(),
    async block(at) {
      const block = at === 'latest' ? last() : chain[typeof at === 'bigint' ? Number(at) : 0]
      if (block === undefined) throw new Error(`L1 has no block ${at}`)
      return block
    },
    pending: async () => [],
    labels: () => ({ safe: 0n, finalized: 0n }),
    settled: async () => {},
  }
  return { controller, view, rpc: fakeRpc({}) }
}
