import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import type { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import {
  Account,
  type Address,
  bytesToHex,
  bytesToUnprefixedHex,
  createAccountFromRLP,
  equalsBytes,
  KECCAK256_NULL,
  KECCAK256_RLP,
  setLengthLeft,
  unpadBytes,
  unprefixedHexToBytes,
} from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3'
import type { Hash } from 'viem'
import { StateMissingError } from './state-store.ts'
import { StateTries } from './state-tries.ts'
import type { StateStore } from './types.ts'

/** A point to return to, whatever happened since. */
export interface StateMark {
  readonly undo: number
  readonly checkpoints: number
}

/** One slot: what the trie has, and what it is now. */
interface Slot {
  readonly stored: Uint8Array
  value: Uint8Array
}

/** Everything known of one account's storage in this block. */
interface Storage {
  /** Null once the storage was cleared: what the trie has no longer counts. */
  trie: MerklePatriciaTrie | null
  readonly slots: Map<string, Slot>
}

const empty = new Uint8Array()

/**
 * The state of one block while it executes: reads fall through to the tries of the parent's root, writes stay in
 * memory with an undo log, and `flush` writes each changed account and slot once.
 *
 * It takes the place of EthereumJS's own state manager, which writes every SSTORE and everything that was merely
 * read into the tries, outside its checkpoints.
 */
export class JournaledState implements StateManagerInterface {
  readonly #store: StateStore
  #tries: StateTries
  #root: Uint8Array
  #accountTrie: MerklePatriciaTrie
  /** Null: the account does not exist. */
  readonly #accounts = new Map<string, Account | null>()
  readonly #storedAccounts = new Map<string, Uint8Array | null>()
  readonly #storage = new Map<string, Storage>()
  readonly #codes = new Map<Hash, Uint8Array>()
  readonly #originals = new Map<string, Uint8Array>()
  #undo: (() => void)[] = []
  #checkpoints: number[] = []

  constructor(store: StateStore, root: Uint8Array) {
    this.#store = store
    this.#tries = new StateTries(store)
    this.#root = root
    this.#accountTrie = this.#tries.open(root)
  }

  /** Forgets everything and starts at another root. */
  reset(root: Uint8Array): void {
    this.#tries = new StateTries(this.#store)
    this.#root = root
    this.#accountTrie = this.#tries.open(root)
    for (const map of [this.#accounts, this.#storedAccounts, this.#storage, this.#codes, this.#originals])
      map.clear()
    this.#undo = []
    this.#checkpoints = []
  }

  mark(): StateMark {
    return { undo: this.#undo.length, checkpoints: this.#checkpoints.length }
  }

  /** Undoes everything since the mark, and drops the checkpoints that an aborted call left behind. */
  revertTo(mark: StateMark): void {
    this.#undoTo(mark.undo)
    this.#checkpoints.length = mark.checkpoints
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const account = await this.#account(bytesToUnprefixedHex(address.bytes))
    // A copy: the EVM changes what it is given before it puts it back.
    return account === null
      ? undefined
      : new Account(account.nonce, account.balance, account.storageRoot, account.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    const key = bytesToUnprefixedHex(address.bytes)
    await this.#account(key)
    this.#setAccount(
      key,
      account === undefined
        ? null
        : new Account(account.nonce, account.balance, account.storageRoot, account.codeHash),
    )
  }

  async deleteAccount(address: Address): Promise<void> {
    const key = bytesToUnprefixedHex(address.bytes)
    if ((await this.#account(key)) === null) return
    this.#setAccount(key, null)
    this.#clearStorage(key)
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account()
    if (fields.nonce !== undefined) account.nonce = fields.nonce
    if (fields.balance !== undefined) account.balance = fields.balance
    if (fields.codeHash !== undefined) account.codeHash = fields.codeHash
    if (fields.storageRoot !== undefined) account.storageRoot = fields.storageRoot
    await this.putAccount(address, account)
  }

  async putCode(address: Address, value: Uint8Array): Promise<void> {
    const codeHash = value.length === 0 ? KECCAK256_NULL : keccak_256(value)
    // Content-addressed: a code that a revert makes unused does no harm.
    if (value.length > 0) this.#codes.set(bytesToHex(codeHash), value)
    await this.modifyAccountFields(address, { codeHash })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const account = await this.#account(bytesToUnprefixedHex(address.bytes))
    if (account === null || equalsBytes(account.codeHash, KECCAK256_NULL)) return empty
    const key = bytesToHex(account.codeHash)
    const code = this.#codes.get(key) ?? this.#store.code(key)
    if (code === undefined) throw new StateMissingError(`the state lacks code ${key} of ${address}`)
    return code
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  /** Without leading zeros, as EthereumJS's own state manager answers. */
  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return (await this.#slot(bytesToUnprefixedHex(address.bytes), key)).value
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const slot = await this.#slot(bytesToUnprefixedHex(address.bytes), key)
    const before = slot.value
    slot.value = unpadBytes(value)
    this.#undo.push(() => {
      slot.value = before
    })
  }

  async clearStorage(address: Address): Promise<void> {
    this.#clearStorage(bytesToUnprefixedHex(address.bytes))
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length)
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop()
  }

  async revert(): Promise<void> {
    this.#undoTo(this.#checkpoints.pop() ?? 0)
  }

  /** Values of slots at the start of the transaction; the EVM asks before the first write of each. */
  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array): Promise<Uint8Array> => {
      const name = `${bytesToUnprefixedHex(address.bytes)}${bytesToUnprefixedHex(key)}`
      const known = this.#originals.get(name)
      if (known !== undefined) return known
      const value = await this.getStorage(address, key)
      this.#originals.set(name, value)
      return value
    },
    clear: (): void => this.#originals.clear(),
  }

  /** Writes the block's changes into new trie nodes, which `persist` then keeps, and answers the new state root. */
  async flush(): Promise<Uint8Array> {
    const changed: [string, Account | null][] = []
    const names = new Set([...this.#accounts.keys(), ...this.#storage.keys()])
    for (const name of [...names].sort()) {
      const account = await this.#account(name)
      if (account !== null) {
        const storageRoot = await this.#flushStorage(name, account)
        if (!equalsBytes(storageRoot, account.storageRoot)) account.storageRoot = storageRoot
      }
      const stored = this.#storedAccounts.get(name) ?? null
      const now = account?.serialize() ?? null
      if (stored === null ? now !== null : now === null || !equalsBytes(stored, now))
        changed.push([name, account])
    }
    // Puts before deletes: a delete may need a sibling that a witness lacks, and a put may make it needless.
    for (const [name, account] of changed)
      if (account !== null) await this.#accountTrie.put(unprefixedHexToBytes(name), account.serialize())
    for (const [name, account] of changed)
      if (account === null) await this.#accountTrie.del(unprefixedHexToBytes(name))
    return this.#accountTrie.root()
  }

  /** Adds the nodes of the last `flush` to the store. */
  async persist(): Promise<void> {
    const roots = [this.#accountTrie.root()]
    for (const account of this.#accounts.values()) if (account !== null) roots.push(account.storageRoot)
    await this.#store.write({ nodes: this.#tries.reachable(roots), codes: this.#codes })
  }

  async getStateRoot(): Promise<Uint8Array> {
    return this.#accountTrie.root()
  }

  async setStateRoot(root: Uint8Array): Promise<void> {
    this.reset(root)
  }

  async hasStateRoot(root: Uint8Array): Promise<boolean> {
    return equalsBytes(root, KECCAK256_RLP) || this.#store.node(bytesToHex(root)) !== undefined
  }

  clearCaches(): void {
    this.reset(this.#root)
  }

  shallowCopy(): StateManagerInterface {
    return new JournaledState(this.#store, this.#root)
  }

  async #account(name: string): Promise<Account | null> {
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const stored = await this.#accountTrie.get(unprefixedHexToBytes(name))
    const account = stored === null ? null : createAccountFromRLP(stored)
    this.#storedAccounts.set(name, stored)
    this.#accounts.set(name, account)
    return account
  }

  #setAccount(name: string, account: Account | null): void {
    const before = this.#accounts.get(name) ?? null
    this.#accounts.set(name, account)
    this.#undo.push(() => this.#accounts.set(name, before))
  }

  async #storageOf(name: string): Promise<Storage> {
    let storage = this.#storage.get(name)
    if (storage === undefined) {
      await this.#account(name)
      const stored = this.#storedAccounts.get(name) ?? null
      const root = stored === null ? KECCAK256_RLP : createAccountFromRLP(stored).storageRoot
      storage = { trie: equalsBytes(root, KECCAK256_RLP) ? null : this.#tries.open(root), slots: new Map() }
      this.#storage.set(name, storage)
    }
    return storage
  }

  async #slot(name: string, key: Uint8Array): Promise<Slot> {
    const storage = await this.#storageOf(name)
    const slotName = bytesToUnprefixedHex(key)
    let slot = storage.slots.get(slotName)
    if (slot === undefined) {
      const encoded = (await storage.trie?.get(setLengthLeft(key, 32))) ?? null
      const stored = encoded === null ? empty : (RLP.decode(encoded) as Uint8Array)
      slot = { stored, value: stored }
      storage.slots.set(slotName, slot)
    }
    return slot
  }

  #clearStorage(name: string): void {
    const before = this.#storage.get(name)
    this.#storage.set(name, { trie: null, slots: new Map() })
    this.#undo.push(() => {
      if (before === undefined) this.#storage.delete(name)
      else this.#storage.set(name, before)
    })
  }

  #undoTo(length: number): void {
    while (this.#undo.length > length) this.#undo.pop()?.()
  }

  async #flushStorage(name: string, account: Account): Promise<Uint8Array> {
    const storage = this.#storage.get(name)
    if (storage === undefined) return account.storageRoot
    const changed = [...storage.slots].filter(([, slot]) => !equalsBytes(slot.value, slot.stored))
    const trie = storage.trie ?? this.#tries.open(KECCAK256_RLP)
    for (const [key, { value }] of changed)
      if (value.length > 0) await trie.put(setLengthLeft(unprefixedHexToBytes(key), 32), RLP.encode(value))
    for (const [key, { value }] of changed)
      if (value.length === 0) await trie.del(setLengthLeft(unprefixedHexToBytes(key), 32))
    return trie.root()
  }
}
