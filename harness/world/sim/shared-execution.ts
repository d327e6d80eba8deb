import { isDeepStrictEqual } from 'node:util'
import type { Hash } from 'viem'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { hashHeader } from '../../el/chain/header.ts'
import { createExecutor } from '../../el/execution/executor.ts'
import { LruMap } from '../../el/execution/lru-map.ts'
import type { ExecutedBlock, Executor, ExecutorOptions, StateBatch } from '../../el/execution/types.ts'

/** A block that some engine of the world executed, and what its state has more than that of its parent. */
interface Done {
  readonly block: ExecutedBlock
  readonly batch: StateBatch
}

/** Branches of a few hours of a world. */
const blocksMax = 2_000

/**
 * The executors of all engines of one world, which has one genesis: each block is executed by the first that sees it, and
 * the others take over its state. Execution depends on the parent and the block alone, so that they get what they would
 * have got; a payload that differs in any field is executed, and refused where it must be.
 */
export function createSharedExecution(): (options: ExecutorOptions) => Executor {
  const byHash = new LruMap<Hash, Done>(blocksMax)
  const byAttributes = new LruMap<string, Done>(blocksMax)
  let genesis: Done | null = null

  return (options) => {
    const { store } = options
    let written: StateBatch | null = null
    const own = createExecutor({
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

    function done(block: ExecutedBlock): Done {
      if (written === null)
        throw new Error(`expected the state of block ${block.hash} to be written, it was not`)
      return { block, batch: written }
    }

    async function takeOver({ block, batch }: Done): Promise<ExecutedBlock> {
      await store.write(batch)
      return block
    }

    return {
      config: own.config,
      async initGenesis(given) {
        if (genesis !== null) return takeOver(genesis)
        const block = await own.initGenesis(given)
        genesis = done(block)
        return block
      },
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
  return isDeepStrictEqual(withoutUndefined(a), withoutUndefined(b))
}

function withoutUndefined({ payload, ...rest }: PayloadEnvelope): unknown {
  const present = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return { ...present(rest), payload: present(payload) }
}
