import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address } from '@ethereumjs/util'
import type { Hash, Hex } from 'viem'
import { bytesEqual, bytesToHex, hexToBytes } from '../../../../node/protocol/bytes.ts'
import { keccak256Bytes } from '../../../../node/protocol/keccak.ts'
import type { StateBatch } from '../types.ts'
import {
  type AccountRecord,
  decodeAccount,
  decodeSlot,
  emptyAccount,
  emptyCodeHash,
  emptyStorageRoot,
  encodeAccount,
  encodeSlot,
  stripZeros,
} from './account.ts'
import type { StateReader } from './state-reader.ts'
import { type TrieChange, trieGet, trieUpdate } from './trie.ts'

const noBytes = new Uint8Array()
/** Slot values by slot key; what is read is kept beside what is written. */
type SlotValues = Map<Hex, Uint8Array>

/**
 * The state that one block (or one call) works on: everything read or written since a root, with an undo log. It is the
 * state manager of the EVM. Nothing reaches the store before {@link JournaledState.seal}, so a block that fails leaves
 * no trace, and an interrupted transaction is undone by {@link JournaledState.abandonTransaction}.
 *
 * Differs from EthereumJS' own manager: reads do not become writes, a slot that ends as it began costs nothing, a missing
 * node is an error instead of an absent account, and there is no lock that a throw could leave held.
 */
export class JournaledState implements StateManagerInterface {
  readonly #reader: StateReader
  #root: Hash
  #accounts = new Map<Hex, AccountRecord | null>()
  #slots = new Map<Hex, SlotValues>()
  /** Addresses and slots that were written; a superset of what differs from the root. */
  #writtenAccounts = new Set<Hex>()
  #writtenSlots = new Map<Hex, Set<Hex>>()
  #codes = new Map<Hash, Uint8Array>()
  /** Values at the start of the transaction of slots that it wrote, by address and slot. */
  #originals = new Map<string, Uint8Array>()
  #undo: (() => void)[] = []
  #checkpoints: number[] = []

  constructor(reader: StateReader, root: Hash) {
    this.#reader = reader
    this.#root = root
  }

  /** Starts over from a root, as if new. */
  reset(root: Hash): void {
    this.#root = root
    this.#accounts = new Map()
    this.#slots = new Map()
    this.#writtenAccounts = new Set()
    this.#writtenSlots = new Map()
    this.#codes = new Map()
    this.#originals = new Map()
    this.#undo = []
    this.#checkpoints = []
  }

  // Accounts

  account(address: Hex): AccountRecord | undefined {
    let record = this.#accounts.get(address)
    if (record === undefined) {
      const encoded = trieGet(this.#reader.node, this.#root, keccak256Bytes(hexToBytes(address)))
      record = encoded === undefined ? null : decodeAccount(encoded)
      this.#accounts.set(address, record)
    }
    return record ?? undefined
  }

  setAccount(address: Hex, record: AccountRecord | null): void {
    const previous = this.account(address) ?? null
    this.#accounts.set(address, record)
    this.#writtenAccounts.add(address)
    this.#undo.push(() => this.#accounts.set(address, previous))
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const record = this.account(bytesToHex(address.bytes))
    if (record === undefined) return undefined
    return new Account(record.nonce, record.balance, record.storageRoot, record.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    const key = bytesToHex(address.bytes)
    if (account === undefined) return this.remove(key)
    // The storage root is ours to say: the caller's copy may be older than a cleared storage.
    const { storageRoot } = this.account(key) ?? emptyAccount
    const { nonce, balance, codeHash } = account
    this.setAccount(key, { nonce, balance, storageRoot, codeHash })
  }

  async deleteAccount(address: Address): Promise<void> {
    this.remove(bytesToHex(address.bytes))
  }

  /** The account and its storage. */
  remove(address: Hex): void {
    this.clearSlots(address)
    this.setAccount(address, null)
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const key = bytesToHex(address.bytes)
    const record = this.account(key) ?? emptyAccount
    this.setAccount(key, {
      ...record,
      nonce: fields.nonce ?? record.nonce,
      balance: fields.balance ?? record.balance,
      codeHash: fields.codeHash ?? record.codeHash,
    })
  }

  // Code

  code(address: Hex): Uint8Array {
    const record = this.account(address)
    if (record === undefined || bytesEqual(record.codeHash, emptyCodeHash)) return noBytes
    const hash = bytesToHex(record.codeHash)
    return this.#codes.get(hash) ?? this.#reader.code(hash)
  }

  setCode(address: Hex, code: Uint8Array): void {
    const codeHash = code.length === 0 ? emptyCodeHash : keccak256Bytes(code)
    if (code.length > 0) this.#codes.set(bytesToHex(codeHash), code)
    this.setAccount(address, { ...(this.account(address) ?? emptyAccount), codeHash })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.code(bytesToHex(address.bytes))
  }

  async getCodeSize(address: Address): Promise<number> {
    return this.code(bytesToHex(address.bytes)).length
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    this.setCode(bytesToHex(address.bytes), code)
  }

  // Storage. Values are without leading zeros.

  slot(address: Hex, slot: Hex): Uint8Array {
    let values = this.#slots.get(address)
    if (values === undefined) {
      values = new Map()
      this.#slots.set(address, values)
    }
    let value = values.get(slot)
    if (value === undefined) {
      const root = this.account(address)?.storageRoot ?? emptyStorageRoot
      value = decodeSlot(trieGet(this.#reader.node, bytesToHex(root), keccak256Bytes(hexToBytes(slot))))
      values.set(slot, value)
    }
    return value
  }

  setSlot(address: Hex, slot: Hex, value: Uint8Array): void {
    const previous = this.slot(address, slot)
    const original = `${address}${slot}`
    if (!this.#originals.has(original)) this.#originals.set(original, previous)
    const values = this.#slots.get(address)!
    values.set(slot, stripZeros(value))
    let written = this.#writtenSlots.get(address)
    if (written === undefined) {
      written = new Set()
      this.#writtenSlots.set(address, written)
    }
    written.add(slot)
    this.#undo.push(() => values.set(slot, previous))
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return this.slot(bytesToHex(address.bytes), bytesToHex(key))
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.setSlot(bytesToHex(address.bytes), bytesToHex(key), value)
  }

  async clearStorage(address: Address): Promise<void> {
    this.clearSlots(bytesToHex(address.bytes))
  }

  /** All slots of the account become zero. */
  clearSlots(address: Hex): void {
    const record = this.account(address)
    if (record !== undefined && !bytesEqual(record.storageRoot, emptyStorageRoot))
      this.setAccount(address, { ...record, storageRoot: emptyStorageRoot })
    const values = this.#slots.get(address)
    if (values === undefined || values.size === 0) return
    this.#slots.set(address, new Map())
    this.#undo.push(() => this.#slots.set(address, values))
  }

  /** Slot values as they were when the transaction began (EIP-2200). */
  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array): Promise<Uint8Array> => {
      const [account, slot] = [bytesToHex(address.bytes), bytesToHex(key)]
      return this.#originals.get(`${account}${slot}`) ?? this.slot(account, slot)
    },
    clear: (): void => this.#originals.clear(),
  }

  // Undoing

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length)
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop()
  }

  async revert(): Promise<void> {
    this.#undoTo(this.#checkpoints.pop() ?? 0)
  }

  #undoTo(length: number): void {
    for (let index = this.#undo.length - 1; index >= length; index--) this.#undo[index]!()
    this.#undo.length = length
  }

  /** Undoes a transaction that did not come to its end, whatever checkpoints it left open. */
  abandonTransaction(): void {
    this.#undoTo(0)
    this.endTransaction()
  }

  /** Ends a transaction: what it did cannot be undone any more. */
  endTransaction(): void {
    this.#originals.clear()
    this.#undo.length = 0
    this.#checkpoints.length = 0
  }

  // The result

  /** The root of this state and what has to be stored for it. The state can be read afterwards, but not changed. */
  seal(): { readonly root: Hash; readonly batch: StateBatch } {
    const nodes = new Map<Hash, Uint8Array>()
    const codes = new Map<Hash, Uint8Array>()
    const changes: TrieChange[] = []
    for (const address of new Set([...this.#writtenAccounts, ...this.#writtenSlots.keys()])) {
      const record = this.#accounts.get(address) ?? null
      const key = keccak256Bytes(hexToBytes(address))
      if (record === null) {
        changes.push({ key, value: null })
        continue
      }
      const sealed = { ...record, storageRoot: this.#sealStorage(address, record, nodes) }
      this.#accounts.set(address, sealed)
      changes.push({ key, value: encodeAccount(sealed) })
      const code = this.#codes.get(bytesToHex(record.codeHash))
      if (code !== undefined) codes.set(bytesToHex(record.codeHash), code)
    }
    const root = trieUpdate(this.#reader.node, this.#root, changes, nodes)
    return { root, batch: { nodes, codes } }
  }

  #sealStorage(address: Hex, record: AccountRecord, nodes: Map<Hash, Uint8Array>): Uint8Array {
    const written = this.#writtenSlots.get(address)
    const values = this.#slots.get(address)
    if (written === undefined || values === undefined) return record.storageRoot
    const changes: TrieChange[] = []
    for (const slot of written) {
      const value = values.get(slot)
      // Written, but the storage was cleared since: the root says so already.
      if (value === undefined) continue
      changes.push({ key: keccak256Bytes(hexToBytes(slot)), value: encodeSlot(value) })
    }
    return hexToBytes(trieUpdate(this.#reader.node, bytesToHex(record.storageRoot), changes, nodes))
  }

  // Not used by the EVM

  async getStateRoot(): Promise<Uint8Array> {
    return hexToBytes(this.#root)
  }

  async setStateRoot(root: Uint8Array): Promise<void> {
    this.reset(bytesToHex(root))
  }

  async hasStateRoot(): Promise<boolean> {
    return true
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    return new JournaledState(this.#reader, this.#root)
  }
}
