import { type Hash, type Hex, hexToBigInt } from 'viem'
import { expect } from 'vitest'
import type { JsonRpcClient } from '../../../../node/json-rpc/client.ts'
import type { EngineApi } from '../../../../node/ports/engine-api.ts'
import type { ForkchoiceState, PayloadEnvelope } from '../../../../node/protocol/payload.ts'
import { zeroHash } from '../../../../node/protocol/refs.ts'
import { type TestChain, testAttributes } from '../../testing/test-el.ts'
import { attributesWithTransfers, recipient, transfersPerBlock } from './transfers.ts'

const lag = { safe: 2, finalized: 5, reorgMax: 2 }

interface Built {
  readonly hash: Hash
  readonly parent: Built | null
  readonly number: number
  /** `null` for the genesis block. */
  readonly envelope: PayloadEnvelope | null
}

/**
 * Acts as the consensus layer of an engine that is killed all the time: builds blocks with transfers, sometimes on a
 * block below the head, and remembers what the engine acknowledged and what it was asked when it died.
 */
export class KillLoad {
  readonly #chain: TestChain
  /** From 0 to 1. */
  readonly #random: () => number
  readonly #blocks = new Map<Hash, Built>()
  /** The engine said VALID to them. */
  readonly #validated = new Set<Hash>()
  #finalized = 0
  #acknowledged: ForkchoiceState
  #pending: ForkchoiceState | null = null
  #salt = 0

  constructor(chain: TestChain, genesis: Hash, random: () => number) {
    this.#chain = chain
    this.#random = random
    this.#blocks.set(genesis, { hash: genesis, parent: null, number: 0, envelope: null })
    this.#acknowledged = state(genesis, zeroHash, zeroHash)
  }

  get head(): Built {
    return this.#at(this.#acknowledged.headBlockHash)
  }

  /** The canonical chain above genesis, lowest first. */
  get canonical(): readonly Built[] {
    const blocks: Built[] = []
    for (let cursor = this.head; cursor.parent !== null; cursor = cursor.parent) blocks.push(cursor)
    return blocks.reverse()
  }

  /** Builds one block, has it executed and makes it the head. @throws when the engine dies. */
  async step(engine: EngineApi): Promise<void> {
    const parent = this.#pickParent()
    const payloadId = await this.#update(engine, parent, true)
    const { timestamp } = testAttributes(this.#chain, BigInt(parent.number + 1))
    const envelope = await engine.getPayload(payloadId as Hex, timestamp)
    const { blockHash, transactions } = envelope.payload
    expect(transactions).toHaveLength(1 + transfersPerBlock)
    const block: Built = { hash: blockHash, parent, number: parent.number + 1, envelope }
    this.#blocks.set(blockHash, block)
    expect(await engine.newPayload(envelope)).toMatchObject({ status: 'VALID' })
    this.#validated.add(blockHash)
    await this.#update(engine, block, false)
  }

  /** What has to hold after every start. */
  async check(engine: EngineApi, rpc: JsonRpcClient): Promise<void> {
    const block = async (id: string): Promise<{ hash: Hash; parentHash: Hash } | null> =>
      (await rpc.request('eth_getBlockByNumber', [id, false]).catch(() => null)) as never
    const hashOf = async (tag: string) => (await block(tag))?.hash ?? zeroHash
    const found = state(await hashOf('latest'), await hashOf('safe'), await hashOf('finalized'))
    // The last acknowledged forkchoice, or the one that the engine died with: all of it, and nothing older.
    const possible = this.#pending === null ? [this.#acknowledged] : [this.#acknowledged, this.#pending]
    expect(possible).toContainEqual(found)
    this.#acknowledged = found
    this.#pending = null

    const { canonical } = this
    const numbers = await Promise.all(canonical.map(({ number }) => block(quantity(number))))
    expect(numbers.map((one) => one?.hash)).toEqual(canonical.map(({ hash }) => hash))
    expect(await block(quantity(this.head.number + 1))).toBeNull()
    await Promise.all(canonical.slice(-8).map((one) => this.#checkResults(one, rpc)))
    const final = ancestorAt(this.head, this.#finalized)
    for (const hash of this.#validated) {
      const built = this.#at(hash)
      const { envelope, number } = built
      // What does not stand on the finalized block may have been forgotten.
      if (envelope === null || number <= this.#finalized || ancestorAt(built, this.#finalized) !== final)
        continue
      expect(await rpc.request('eth_getBlockByHash', [hash, false])).not.toBeNull()
      expect(await engine.newPayload(envelope)).toMatchObject({ status: 'VALID', latestValidHash: hash })
    }
  }

  /** Receipts, the index of transactions, and the state after the block. */
  async #checkResults({ hash, number, envelope }: Built, rpc: JsonRpcClient): Promise<void> {
    const receipts = await rpc.request('eth_getBlockReceipts', [hash])
    expect(receipts).toHaveLength(envelope?.payload.transactions.length ?? 0)
    const last = (receipts as { transactionHash: Hash }[]).at(-1)
    expect(await rpc.request('eth_getTransactionReceipt', [last?.transactionHash])).toEqual(last)
    const balance = await rpc.request('eth_getBalance', [recipient, quantity(number)])
    expect(hexToBigInt(balance as Hex)).toBe(BigInt(number * transfersPerBlock))
  }

  /** The head, or now and then one of the blocks below it that are not final. */
  #pickParent(): Built {
    let parent = this.head
    const depth = this.#random() < 0.15 ? 1 + Math.floor(this.#random() * lag.reorgMax) : 0
    for (let left = depth; left > 0 && parent.parent !== null && parent.number > this.#finalized; left--)
      parent = parent.parent
    return parent
  }

  async #update(engine: EngineApi, head: Built, build: boolean): Promise<Hex | null> {
    const finalized = Math.max(this.#finalized, head.number - lag.finalized)
    const label = (number: number): Hash => {
      let cursor: Built | null = head
      while (cursor !== null && cursor.number > number) cursor = cursor.parent
      return number <= 0 || cursor === null ? zeroHash : cursor.hash
    }
    const sent = state(head.hash, label(Math.max(finalized, head.number - lag.safe)), label(finalized))
    // A canonical ancestor moves the labels and leaves the head.
    const kept = ancestorAt(this.head, head.number) === head ? this.head : head
    const next = { ...sent, headBlockHash: kept.hash }
    const attributes = build
      ? await attributesWithTransfers(this.#chain, head.number + 1, ++this.#salt)
      : undefined
    this.#pending = next
    // From now on the engine may have forgotten side chains below it.
    this.#finalized = finalized
    const result = await engine.forkchoiceUpdated(sent, attributes)
    expect(result.payloadStatus.status).toBe('VALID')
    this.#acknowledged = next
    this.#pending = null
    return result.payloadId
  }

  #at(hash: Hash): Built {
    const block = this.#blocks.get(hash)
    if (block === undefined) throw new Error(`expected a block that was built here, found ${hash}`)
    return block
  }
}

function ancestorAt(block: Built, number: number): Built {
  let cursor = block
  while (cursor.number > number && cursor.parent !== null) cursor = cursor.parent
  return cursor
}

function state(headBlockHash: Hash, safeBlockHash: Hash, finalizedBlockHash: Hash): ForkchoiceState {
  return { headBlockHash, safeBlockHash, finalizedBlockHash }
}

const quantity = (number: number): string => `0x${number.toString(16)}`
