import fc from 'fast-check'
import type { Address, Hash } from 'viem'
import { expect, it } from 'vitest'
import { bytesToHex, uintToBytes } from '../../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { readWholeState } from '../../persistence/testing/open-chain.ts'
import { emptyAccount } from './account.ts'
import { JournaledState } from './journaled-state.ts'
import { createMemoryStateTables } from './memory-state-tables.ts'
import { StagedState } from './staged-state.ts'
import { StateReader } from './state-reader.ts'

/** Few accounts, slots and values, so that states share nodes, and whole storage tries are the same in two accounts. */
const change = fc.record({
  account: fc.nat(7),
  balance: fc.nat(1),
  slots: fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { maxLength: 4 }),
  gone: fc.boolean(),
})
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ on: fc.nat(20), changes: fc.array(change, { maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ release: fc.nat(20) }) },
)

const addressOf = (account: number): Address => bytesToHex(uintToBytes(BigInt(account + 1), 20))
const wordOf = (value: number): Hash => bytesToHex(uintToBytes(BigInt(value), 32))

/** Tables that tell which nodes they have. */
function watchedTables() {
  const tables = createMemoryStateTables()
  const kept = new Set<Hash>()
  const { nodes } = tables
  return {
    kept,
    tables: {
      ...tables,
      nodes: {
        ...nodes,
        add(hash: Hash, node: Uint8Array) {
          kept.add(hash)
          nodes.add(hash, node)
        },
        remove(hash: Hash) {
          kept.delete(hash)
          nodes.remove(hash)
        },
      },
    },
  }
}

function sealOn(
  state: StagedState,
  root: Hash,
  changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const journaled = new JournaledState(new StateReader(state), root)
  for (const { account, balance, slots, gone } of changes) {
    const address = addressOf(account)
    if (gone) {
      journaled.clearSlots(address)
      journaled.setAccount(address, null)
      continue
    }
    journaled.setAccount(address, {
      ...(journaled.account(address) ?? emptyAccount),
      nonce: 1n,
      balance: BigInt(balance),
    })
    for (const [slot, value] of slots)
      journaled.setSlot(address, wordOf(slot), value === 0 ? new Uint8Array() : Uint8Array.of(value))
  }
  return journaled.seal()
}

it('has every node of the states that are kept, and no other, whatever is kept and dropped in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { kept, tables } = watchedTables()
      const state = new StagedState(tables)
      /** One entry for each block: two can have the same state. */
      const blocks: Hash[] = []
      for (const step of steps) {
        if ('release' in step) {
          const [root] = blocks.splice(step.release % Math.max(1, blocks.length), 1)
          if (root !== undefined) state.release(root)
        } else {
          const parent = blocks[step.on % Math.max(1, blocks.length)] ?? emptyTrieRoot
          const { root, batch } = sealOn(state, parent, step.changes)
          state.write(batch)
          state.retain(root)
          state.unstage(root)
          blocks.push(root)
        }
        const needed = new Set<Hash>()
        for (const root of blocks) readWholeState(state, root, needed)
        expect(kept).toEqual(needed)
      }
    }),
    { numRuns: 300 },
  )
})

it('does not keep a state of which a part is missing', () => {
  const state = new StagedState(createMemoryStateTables())
  const first = sealOn(state, emptyTrieRoot, [{ account: 1, balance: 1, slots: [], gone: false }])
  state.write(first.batch)
  const second = sealOn(state, first.root, [{ account: 2, balance: 1, slots: [], gone: false }])
  state.write({ ...second.batch, nodes: new Map([...second.batch.nodes].slice(-1)) })
  expect(() => state.retain(second.root)).toThrow(
    /expected trie node 0x\w{64} of a state to be kept, found none/,
  )
  expect(() => state.retain(wordOf(7))).toThrow(
    `expected the state with root ${wordOf(7)}, it is not held any more`,
  )
})
