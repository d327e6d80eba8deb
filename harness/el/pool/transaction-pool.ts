import type { Address, Hash, Hex } from 'viem'
import { createListeners } from '../../../node/concurrency/listeners.ts'
import type { Turn } from '../../../node/concurrency/turns.ts'
import type { HeadChange } from '../chain/chain.ts'
import type { TransactionSource } from '../chain/payload-builder.ts'
import type { RejectedTransaction } from '../execution/types.ts'
import { byPriceAndNonce, type QueuedTransaction } from './ordering.ts'
import { PoolError } from './pool-error.ts'
import type { PoolTransaction } from './pool-transaction.ts'
import { checkReplacement, checkTransaction } from './rules.ts'

/** The chain, as the pool sees it: always at the current head. */
export interface PoolChain {
  blockGasLimit(): bigint
  /** The next block is of Karst, where EIP-7825 limits what one transaction may ask for. */
  hasGasCap(): boolean
  /** Under the rules of the next block. @throws PoolError */
  decode(raw: Hex): PoolTransaction
  account(address: Address): Promise<{ readonly nonce: bigint; readonly balance: bigint }>
  /** L1 data fee and operator fee in wei. */
  extraCost(transaction: PoolTransaction): Promise<bigint>
}

export interface TransactionPoolOptions {
  readonly chain: PoolChain
  /** Awaited between transactions, when there are many to look at. */
  readonly turn: Turn
  /** Default 8192. */
  readonly transactionsMax?: number
  /** Default 1024. */
  readonly transactionsPerSenderMax?: number
}

interface Sender {
  /** Next nonce at the head. */
  nonce: bigint
  readonly byNonce: Map<bigint, QueuedTransaction>
}

/** What `txpool_content` shows: executable now, and waiting for an earlier nonce. */
export interface PoolContent {
  readonly pending: ReadonlyMap<Address, readonly PoolTransaction[]>
  readonly queued: ReadonlyMap<Address, readonly PoolTransaction[]>
}

/** Signed transactions that wait for a block. Bounded in all directions; gives them up by price, nonce by nonce. */
export class TransactionPool implements TransactionSource {
  readonly #chain: PoolChain
  readonly #turn: Turn
  readonly #transactionsMax: number
  readonly #perSenderMax: number
  readonly #senders = new Map<Address, Sender>()
  readonly #byHash = new Map<Hash, PoolTransaction>()
  readonly #added = createListeners<PoolTransaction>()
  #arrivals = 0
  #resets: Promise<void> = Promise.resolve()
  #version = 0

  constructor(options: TransactionPoolOptions) {
    this.#chain = options.chain
    this.#turn = options.turn
    this.#transactionsMax = options.transactionsMax ?? 8192
    this.#perSenderMax = options.transactionsPerSenderMax ?? 1024
  }

  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#byHash.size
  }

  get(hash: Hash): PoolTransaction | undefined {
    return this.#byHash.get(hash)
  }

  /** Hears of every transaction that got in. */
  onAdded(listener: (transaction: PoolTransaction) => void): () => void {
    return this.#added.add(listener)
  }

  /** @throws PoolError saying why the transaction is refused. */
  async add(raw: Hex): Promise<Hash> {
    await this.#turn()
    const transaction = this.#chain.decode(raw)
    if (this.#byHash.has(transaction.hash)) throw new PoolError('already known')
    await this.#admit(transaction)
    return transaction.hash
  }

  /** The nonce after the sender's last executable transaction; undefined when it has none here. */
  pendingNonce(address: Address): bigint | undefined {
    const sender = this.#senders.get(address)
    if (sender === undefined) return undefined
    return sender.nonce + BigInt(executable(sender).length)
  }

  *best(baseFee: bigint): Generator<Hex> {
    const queues = new Map([...this.#senders].map(([address, sender]) => [address, executable(sender)]))
    for (const transaction of byPriceAndNonce(queues, baseFee)) yield transaction.raw
  }

  /** Of each sender the first refused transaction goes; those after it only lost their predecessor. */
  reject(rejected: readonly RejectedTransaction[]): void {
    const seen = new Set<Address>()
    for (const { hash } of rejected) {
      const transaction = this.#byHash.get(hash)
      if (transaction === undefined || seen.has(transaction.from)) continue
      seen.add(transaction.from)
      this.#remove(transaction)
    }
  }

  content(): PoolContent {
    const pending = new Map<Address, PoolTransaction[]>()
    const queued = new Map<Address, PoolTransaction[]>()
    for (const [address, sender] of this.#senders) {
      const ready = executable(sender).map(({ transaction }) => transaction)
      const waiting = sorted(sender).slice(ready.length)
      if (ready.length > 0) pending.set(address, ready)
      if (waiting.length > 0) queued.set(address, waiting)
    }
    return { pending, queued }
  }

  /**
   * Follows the chain: what is in a block leaves, what fell out of the chain comes back, and what the new state makes
   * impossible goes. Changes are followed one after the other, in the order of the calls.
   */
  reset(change: HeadChange): Promise<void> {
    const done = this.#resets.then(() => this.#follow(change))
    this.#resets = done.catch(() => {})
    return done
  }

  /** Resolves when the pool has followed every change that it was told of. */
  settled(): Promise<void> {
    return this.#resets
  }

  async #follow(change: HeadChange): Promise<void> {
    const included = new Set<Hash>()
    for (const block of change.added) for (const { hash } of block.transactions) included.add(hash)
    for (const hash of included) {
      const transaction = this.#byHash.get(hash)
      if (transaction !== undefined) this.#remove(transaction)
    }
    await this.#revalidate()
    // Oldest first, so that nonces come in order.
    for (const block of change.removed.toReversed())
      for (const { raw, hash, type } of block.transactions) {
        if (type === 0x7e || included.has(hash) || this.#byHash.has(hash)) continue
        await this.#readmit(raw)
      }
    this.#version++
  }

  async #readmit(raw: Hex): Promise<void> {
    await this.#turn()
    try {
      await this.#admit(this.#chain.decode(raw))
    } catch (error) {
      // It was valid on the other chain only.
      if (!(error instanceof PoolError)) throw error
    }
  }

  async #admit(transaction: PoolTransaction): Promise<void> {
    const [account, extraCost] = await Promise.all([
      this.#chain.account(transaction.from),
      this.#chain.extraCost(transaction),
    ])
    const refusal = checkTransaction(transaction, {
      blockGasLimit: this.#chain.blockGasLimit(),
      hasGasCap: this.#chain.hasGasCap(),
      ...account,
      extraCost,
    })
    if (refusal !== null) throw new PoolError(refusal)
    this.#insert(transaction, account.nonce)
    this.#added.emit(transaction)
  }

  /** Everything that depends on what else is in the pool; synchronous, so that two calls cannot cross. */
  #insert(transaction: PoolTransaction, accountNonce: bigint): void {
    if (this.#byHash.has(transaction.hash)) throw new PoolError('already known')
    const sender = this.#senders.get(transaction.from)
    const old = sender?.byNonce.get(transaction.nonce)?.transaction
    if (old !== undefined) {
      const refusal = checkReplacement(old, transaction)
      if (refusal !== null) throw new PoolError(refusal)
      this.#remove(old)
    } else if ((sender?.byNonce.size ?? 0) >= this.#perSenderMax) {
      throw new PoolError(
        `account limit exceeded: ${this.#perSenderMax} transactions of ${transaction.from} wait`,
      )
    } else if (this.#byHash.size >= this.#transactionsMax) {
      this.#makeRoomFor(transaction)
    }
    // The removals above may have taken the sender's last transaction, and with it the entry.
    const entry = this.#senders.get(transaction.from) ?? { nonce: accountNonce, byNonce: new Map() }
    this.#senders.set(transaction.from, entry)
    entry.byNonce.set(transaction.nonce, { transaction, arrival: this.#arrivals++ })
    this.#byHash.set(transaction.hash, transaction)
    this.#version++
  }

  /** Drops the cheapest transaction that no other one waits for, when it is cheaper than the new one. */
  #makeRoomFor(transaction: PoolTransaction): void {
    let cheapest: PoolTransaction | undefined
    for (const sender of this.#senders.values()) {
      const last = sorted(sender).at(-1)
      if (
        last !== undefined &&
        (cheapest === undefined || last.maxPriorityFeePerGas < cheapest.maxPriorityFeePerGas)
      )
        cheapest = last
    }
    if (cheapest === undefined || cheapest.maxPriorityFeePerGas >= transaction.maxPriorityFeePerGas)
      throw new PoolError(`txpool is full: ${this.#byHash.size} transactions wait, and none pays less`)
    this.#remove(cheapest)
  }

  async #revalidate(): Promise<void> {
    const blockGasLimit = this.#chain.blockGasLimit()
    const hasGasCap = this.#chain.hasGasCap()
    for (const [address, sender] of [...this.#senders]) {
      const account = await this.#chain.account(address)
      sender.nonce = account.nonce
      for (const transaction of sorted(sender)) {
        await this.#turn()
        const extraCost = await this.#chain.extraCost(transaction)
        const input = { blockGasLimit, hasGasCap, ...account, extraCost }
        if (checkTransaction(transaction, input) !== null) this.#remove(transaction)
      }
    }
  }

  #remove(transaction: PoolTransaction): void {
    if (!this.#byHash.delete(transaction.hash)) return
    const sender = this.#senders.get(transaction.from)
    sender?.byNonce.delete(transaction.nonce)
    if (sender?.byNonce.size === 0) this.#senders.delete(transaction.from)
    this.#version++
  }
}

/** From the account's nonce on, without a gap. */
function executable(sender: Sender): QueuedTransaction[] {
  const result: QueuedTransaction[] = []
  for (let nonce = sender.nonce; ; nonce++) {
    const next = sender.byNonce.get(nonce)
    if (next === undefined) return result
    result.push(next)
  }
}

function sorted(sender: Sender): PoolTransaction[] {
  return [...sender.byNonce.values()]
    .map(({ transaction }) => transaction)
    .sort((a, b) => (a.nonce < b.nonce ? -1 : a.nonce > b.nonce ? 1 : 0))
}
