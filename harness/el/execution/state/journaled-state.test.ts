import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3'
import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { createMemoryStore } from '../memory-store.ts'
import { word } from '../testing/test-chain.ts'
import { emptyAccount } from './account.ts'
import { JournaledState } from './journaled-state.ts'
import { MissingStateError, StateReader } from './state-reader.ts'

const address = fc.constantFrom<Hex[]>(
  '0x00000000000000000000000000000000000000a1',
  '0x00000000000000000000000000000000000000a2',
  '0x00000000000000000000000000000000000000a3',
)
const slot = fc.constantFrom<Hex[]>(word(0n), word(1n), word(7n), word(1n << 255n))
const value = fc.constantFrom<Hex[]>('0x', '0x01', '0x80', `0x${'ff'.repeat(32)}`)
const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('balance' as const), address, amount: fc.bigInt(0n, 5n) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('store' as const), address, slot, value }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('code' as const),
      address,
      code: fc.constantFrom<Hex[]>('0x', '0x60', '0x6001'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'clear' as const), address }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('checkpoint' as const, 'commit' as const, 'revert' as const, 'end' as const),
    }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

interface ModelAccount {
  balance: bigint
  code: Hex
  slots: Map<Hex, Hex>
}
type Model = Map<Hex, ModelAccount>

/** Changes the state and a plain model of it in the same way. */
async function apply(state: JournaledState, start: Model, operations: readonly Operation[]): Promise<Model> {
  let model = structuredClone(start)
  const saved: Model[] = []
  for (const step of operations) {
    if ('address' in step) await applyToAccount(state, model, step)
    else if (step.kind === 'checkpoint') {
      saved.push(structuredClone(model))
      await state.checkpoint()
    } else if (step.kind === 'commit') {
      if (saved.pop() !== undefined) await state.commit()
    } else if (step.kind === 'revert') {
      const before = saved.pop()
      if (before === undefined) continue
      model = before
      await state.revert()
    } else if (saved.length === 0) state.endTransaction()
  }
  return model
}

async function applyToAccount(
  state: JournaledState,
  model: Model,
  step: Extract<Operation, { readonly address: Hex }>,
): Promise<void> {
  const at = createAddressFromString(step.address)
  if (step.kind === 'delete') {
    model.delete(step.address)
    return state.deleteAccount(at)
  }
  const account = (await state.getAccount(at)) ?? new Account()
  const modelled = model.get(step.address) ?? { balance: 0n, code: '0x', slots: new Map() }
  model.set(step.address, modelled)
  if (step.kind === 'balance') account.balance = modelled.balance = step.amount
  account.nonce = 1n
  await state.putAccount(at, account)
  if (step.kind === 'store') {
    modelled.slots.set(step.slot, step.value)
    await state.putStorage(at, hexToBytes(step.slot), hexToBytes(step.value))
  }
  if (step.kind === 'code') {
    modelled.code = step.code
    await state.putCode(at, hexToBytes(step.code))
  }
  if (step.kind === 'clear') {
    modelled.slots.clear()
    await state.clearStorage(at)
  }
}

/** The root of the model, by EthereumJS' tries. */
async function rootOf(model: Model): Promise<Hex> {
  const accounts = await createMPT({ useKeyHashing: true })
  for (const [address, { balance, code, slots }] of model) {
    const storage = await createMPT({ useKeyHashing: true })
    for (const [slot, value] of slots)
      if (value !== '0x') await storage.put(hexToBytes(slot), RLP.encode(hexToBytes(value)))
    const codeHash = keccak_256(hexToBytes(code))
    await accounts.put(hexToBytes(address), new Account(1n, balance, storage.root(), codeHash).serialize())
  }
  return bytesToHex(accounts.root())
}

describe('JournaledState', () => {
  it('has the root of a plain model after any operations, block after block', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(operation, { maxLength: 25 }), { maxLength: 3 }), async (blocks) => {
        const store = createMemoryStore()
        let model: Model = new Map()
        let root = emptyTrieRoot
        for (const operations of blocks) {
          const state = new JournaledState(new StateReader(store), root)
          model = await apply(state, model, operations)
          const sealed = state.seal()
          await store.write(sealed.batch)
          root = sealed.root
          expect(root).toBe(await rootOf(model))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('can be read again from its root, and from the roots before it', async () => {
    const store = createMemoryStore()
    const [at, key] = ['0x00000000000000000000000000000000000000a1', word(3n)] as const
    const write = async (root: Hex, value: Hex) => {
      const state = new JournaledState(new StateReader(store), root)
      state.setAccount(at, { ...emptyAccount, nonce: 1n })
      state.setSlot(at, key, hexToBytes(value))
      state.setCode(at, hexToBytes(value))
      const sealed = state.seal()
      await store.write(sealed.batch)
      return sealed.root
    }
    const first = await write(emptyTrieRoot, '0x0a')
    const second = await write(first, '0x0b')
    const read = (root: Hex) => {
      const state = new JournaledState(new StateReader(store), root)
      return [bytesToHex(state.slot(at, key)), bytesToHex(state.code(at))]
    }
    expect(read(second)).toEqual(['0x0b', '0x0b'])
    expect(read(first)).toEqual(['0x0a', '0x0a'])
  })

  it('writes nothing for what is only read, and no code twice', async () => {
    const store = createMemoryStore()
    const state = new JournaledState(new StateReader(store), emptyTrieRoot)
    state.account('0x00000000000000000000000000000000000000a1')
    state.slot('0x00000000000000000000000000000000000000a1', word(0n))
    const { root, batch } = state.seal()
    expect(root).toBe(emptyTrieRoot)
    expect(batch.nodes.size + batch.codes.size).toBe(0)
  })

  it('says that a part of the state is missing instead of taking it for absent', () => {
    const state = new JournaledState(new StateReader(createMemoryStore()), word(1n))
    expect(() => state.account('0x00000000000000000000000000000000000000a1')).toThrow(MissingStateError)
  })

  it('undoes an abandoned transaction through all the checkpoints that it left open', async () => {
    const at = '0x00000000000000000000000000000000000000a1'
    const state = new JournaledState(new StateReader(createMemoryStore()), emptyTrieRoot)
    state.setAccount(at, { ...emptyAccount, balance: 1n })
    state.endTransaction()
    await state.checkpoint()
    state.setAccount(at, { ...emptyAccount, balance: 2n })
    await state.checkpoint()
    state.setSlot(at, word(0n), hexToBytes('0x01'))
    state.abandonTransaction()
    expect(state.account(at)?.balance).toBe(1n)
    expect(state.slot(at, word(0n))).toHaveLength(0)
    await state.checkpoint()
    state.setAccount(at, null)
    await state.revert()
    expect(state.account(at)?.balance).toBe(1n)
  })

  it('does not take an old storage root back from a copy of the account', async () => {
    const at = '0x00000000000000000000000000000000000000a1'
    const account = createAddressFromString(at)
    const store = createMemoryStore()
    const before = new JournaledState(new StateReader(store), emptyTrieRoot)
    before.setAccount(at, { ...emptyAccount, nonce: 1n })
    before.setSlot(at, word(0n), hexToBytes('0x05'))
    const { root, batch } = before.seal()
    await store.write(batch)
    const state = new JournaledState(new StateReader(store), root)
    const copy = await state.getAccount(account)
    await state.clearStorage(account)
    await state.putAccount(account, copy)
    expect(state.slot(at, word(0n))).toHaveLength(0)
    expect(bytesToHex(state.account(at)!.storageRoot)).toBe(emptyTrieRoot)
  })

  it('knows slot values from before the transaction (EIP-2200), also after a revert', async () => {
    const at = '0x00000000000000000000000000000000000000a1'
    const state = new JournaledState(new StateReader(createMemoryStore()), emptyTrieRoot)
    const [account, key] = [createAddressFromString(at), hexToBytes(word(0n))]
    state.setAccount(at, { ...emptyAccount, nonce: 1n })
    state.setSlot(at, word(0n), hexToBytes('0x05'))
    state.endTransaction()
    await state.checkpoint()
    state.setSlot(at, word(0n), hexToBytes('0x06'))
    await state.revert()
    state.setSlot(at, word(0n), hexToBytes('0x07'))
    expect(bytesToHex(await state.originalStorageCache.get(account, key))).toBe('0x05')
    state.endTransaction()
    expect(bytesToHex(await state.originalStorageCache.get(account, key))).toBe('0x07')
  })
})
