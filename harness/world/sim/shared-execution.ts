import type { Hash } from 'viem'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { hashHeader } from '../../el/chain/header.ts'
import { LruMap } from '../../el/execution/lru-map.ts'
import type { ExecutedBlock, Executor, ExecutorOptions, StateBatch } from '../../el/execution/types.ts'
import type { BlockAndState, SimExecution } from './sim-execution.ts'

/** Branches of a few hours of a world. */
const blocksMax = 2_000

/**
 * The executors of all engines of one world, which has one genesis block: each block is executed by the first that sees it, and
 * the others take over its state. Execution depends on the parent and the block alone, so that they get what they would
 * have got; a payload that differs in any field is executed, and refused where it must be.
 */
export function createSharedExecution({
  first,
  executorOf,
}: Pick<SimExecution, 'first' | 'executorOf'>): (options: ExecutorOptions) => Executor {
  const byHash = new LruMap<Hash, BlockAndState>(blocksMax)
  const byAttributes = new LruMap<string, BlockAndState>(blocksMax)

  return (options) => {
    const { store } = options
    let written: StateBatch | null = null
    const own = executorOf({
      ...options,
      store: {
        node: (hash) => store.node(hash),
        code: (hash) => store.code(hash),
        write(batch) {
          written = batch
          return store.write(batch)
        },
      },
    })
    const lacks = (stateRoot: Hash) => !own.hasState(stateRoot)

    function done(block: ExecutedBlock): BlockAndState {
      if (written === null)
        throw new Error(`expected the state of block ${block.hash} to be written, it was not`)
      return { block, batch: written }
    }

    async function takeOver({ block, batch }: BlockAndState): Promise<ExecutedBlock> {
      await store.write(batch)
      return block
    }

    return {
      config: own.config,
      initGenesis: () => takeOver(first),
      async execute(parent, envelope) {
        const known = byHash.get(envelope.payload.blockHash)
        if (known !== undefined && !lacks(parent.stateRoot) && isSame(known.block.envelope, envelope))
          return takeOver(known)
        const block = await own.execute(parent, envelope)
        byHash.set(block.hash, done(block))
        return block
      },
      async build(parent, attributes, building) {
        const parentHash = hashHeader(parent)
        const known = attributes.noTxPool ? byAttributes.get(keyOf(parentHash, attributes)) : undefined
        if (known !== undefined && !lacks(parent.stateRoot))
          return { block: await takeOver(known), rejected: [] }
        const built = await own.build(parent, attributes, building)
        const { block } = built
        byHash.set(block.hash, done(block))
        // Whoever derives it is given all of its transactions.
        const transactions = block.transactions.map(({ raw }) => raw)
        byAttributes.set(keyOf(parentHash, { ...attributes, transactions, noTxPool: true }), done(block))
        return built
      },
      view: (header) => own.view(header),
      hasState: (stateRoot) => own.hasState(stateRoot),
    }
  }
}

function keyOf(parentHash: Hash, attributes: PayloadAttributes): string {
  const fields = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([parentHash, fields], (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** Whether they agree in every field, one that is absent and one that is undefined being the same. */
function isSame(a: PayloadEnvelope, b: PayloadEnvelope): boolean {
  return (
    a.parentBeaconBlockRoot === b.parentBeaconBlockRoot &&
    everyField(a.payload, b.payload, (one, other) => one === other || areSameList(one, other))
  )
}

function everyField(a: object, b: object, agree: (one: unknown, other: unknown) => boolean): boolean {
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) =>
    agree(one[name], other[name]),
  )
}

/** Lists of the same values. A withdrawal is never the same as another, and no block has any. */
function areSameList(a: unknown, b: unknown): boolean {
  return (
    Array.isArray(a) &&
    Array.isArray(b) &&
    a.length === b.length &&
    a.every((item, index) => item === b[index])
  )
}
