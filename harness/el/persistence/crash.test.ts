import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hash } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ForkchoiceState, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import type { ChainLabels } from '../chain/block-records.ts'
import type { Chain } from '../chain/chain.ts'
import { parseGenesis } from '../execution/genesis.ts'
import type { Genesis, StateStore } from '../execution/types.ts'
import { buildPayload, createTestChain, headOnly, startTestEl } from '../testing/test-el.ts'
import { openLmdb } from './lmdb-database.ts'
import { type Boundary, crashAt, SimulatedCrash } from './testing/faulty-database.ts'
import { openChain, readWholeState } from './testing/open-chain.ts'
import { attributesWithTransfers } from './testing/transfers.ts'

// It opens some hundred stores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

type Step = { readonly payload: PayloadEnvelope } | { readonly forkchoice: ForkchoiceState }

const root = mkdtempSync(join(tmpdir(), 'lockstep-crash-'))
const withGenesis = join(root, 'genesis')
afterAll(() => rmSync(root, { recursive: true, force: true }))

let genesis: Genesis
let steps: readonly Step[]
const envelopes = new Map<Hash, PayloadEnvelope>()

beforeAll(async () => {
  const test = await createTestChain()
  genesis = parseGenesis(test.genesisJson)
  const builder = await startTestEl(test)
  const build = async (parent: Hash, number: number, salt: number): Promise<PayloadEnvelope> => {
    const built = await buildPayload(builder, parent, await attributesWithTransfers(test, number, salt))
    await builder.engine.newPayload(built)
    envelopes.set(built.payload.blockHash, built)
    return built
  }
  const on = ({ payload }: PayloadEnvelope) => payload.blockHash
  const a1 = await build(builder.chain.head.hash, 1, 1)
  const a2 = await build(on(a1), 2, 1)
  const a3 = await build(on(a2), 3, 1)
  const a4 = await build(on(a3), 4, 1)
  const b2 = await build(on(a1), 2, 2)
  const b3 = await build(on(b2), 3, 2)
  const b4 = await build(on(b3), 4, 2)
  await builder.close()
  // Growth, a reorg, a finalization that forgets a side chain higher than itself, and a head that moves back.
  steps = [
    { payload: a1 },
    { forkchoice: headOnly(on(a1)) },
    { payload: a2 },
    { forkchoice: headOnly(on(a2), on(a1)) },
    { payload: a3 },
    { payload: a4 },
    { payload: b2 },
    { payload: b3 },
    { forkchoice: headOnly(on(b3), on(a1), on(a1)) },
    { payload: b4 },
    { forkchoice: headOnly(on(b4), on(b3), on(b3)) },
    { forkchoice: headOnly(on(b3)) },
  ]
  await (await openChain(withGenesis, genesis)).close()
})

type Lasts = 'now' | 'soon'

async function take(chain: Chain, step: Step, lasts: Lasts): Promise<void> {
  if ('payload' in step) {
    const { payload } = step
    const taking = lasts === 'now' ? chain.newPayload(payload) : chain.execute(payload, lasts)
    expect(await taking).toMatchObject({ status: 'VALID' })
    return
  }
  const decision = chain.decide(step.forkchoice)
  if (decision.kind !== 'apply') throw new Error(`expected to apply, found ${decision.kind}`)
  chain.apply(decision)
}

const labelsOf = ({ store }: Chain): ChainLabels => ({
  head: store.head.hash,
  safe: store.safe?.hash ?? null,
  finalized: store.finalized?.hash ?? null,
})

/** Everything that is there fits together, and nothing is there in part. */
function expectConsistent({ store }: Chain, state: StateStore): void {
  const seen = new Set<Hash>()
  const canonical = new Set<Hash>()
  for (let block = store.head; block.header.number > 0n; ) {
    canonical.add(block.hash)
    expect(store.canonicalHash(block.header.number)).toBe(block.hash)
    const parent = store.byHash(block.header.parentHash)
    if (parent === undefined) throw new Error(`block ${block.header.number} has no parent`)
    block = parent
  }
  expect(store.canonicalHash(store.head.header.number + 1n)).toBeUndefined()
  const placed = new Set<Hash>()
  for (const [hash, { payload }] of envelopes) {
    const block = store.byHash(hash)
    if (block === undefined) continue
    // A kept block without its parent would be a hole that no sync finds.
    expect(store.byHash(block.header.parentHash)).toBeDefined()
    expect(block.envelope.payload).toEqual(payload)
    expect(block.receipts).toHaveLength(payload.transactions.length)
    readWholeState(state, block.header.stateRoot, seen)
    if (!canonical.has(hash)) continue
    for (const transaction of block.transactions) {
      expect(store.transaction(transaction.hash)?.block.hash).toBe(hash)
      placed.add(transaction.hash)
    }
  }
  for (const hash of envelopes.keys())
    for (const transaction of store.byHash(hash)?.transactions ?? [])
      if (!placed.has(transaction.hash)) expect(store.transaction(transaction.hash)).toBeUndefined()
}

const isState = (boundary: Boundary | undefined) =>
  boundary === 'states' || boundary === 'references' || boundary === 'codes'

/** Every boundary, but of the many trie nodes of one transaction only the first, and then some. */
function worthCrashingAt(boundaries: readonly Boundary[], every: number): readonly number[] {
  let nodes = 0
  return boundaries.flatMap((boundary, index) => {
    nodes = isState(boundary) ? nodes + 1 : 0
    return nodes % every <= 1 || !isState(boundaries[index + 1]) ? [index] : []
  })
}

describe('a datadir whose engine dies', () => {
  it.each<{ lasts: Lasts; commits: string }>([
    { lasts: 'now', commits: 'each block alone' },
    { lasts: 'soon', commits: 'blocks with what comes after them' },
  ])(
    'has the last acknowledged forkchoice, or the next one, and whole blocks, wherever it was, with $commits',
    async ({ lasts }) => {
      const boundaries: Boundary[] = []
      const dry = join(root, `dry-${lasts}`)
      cpSync(withGenesis, dry, { recursive: true })
      const run = await openChain(dry, genesis, (path) =>
        crashAt(openLmdb(path), -1, (boundary) => boundaries.push(boundary)),
      )
      for (const step of steps) await take(run.chain, step, lasts)
      const final = labelsOf(run.chain)
      await run.close()
      const commitsLeast = steps.filter((step) => lasts === 'now' || 'forkchoice' in step).length
      expect(boundaries.filter((one) => one === 'committed').length).toBeGreaterThanOrEqual(commitsLeast)

      const crashes = worthCrashingAt(boundaries, 120)
      expect(crashes.length).toBeGreaterThan(50)
      for (const index of crashes) {
        const directory = join(root, `${lasts}-at-${index}`)
        cpSync(withGenesis, directory, { recursive: true })
        let acknowledged: ChainLabels | null = null
        let done = 0
        /** Steps before this one are not lost any more. */
        let lasting = 0
        try {
          const victim = await openChain(directory, genesis, (path) => crashAt(openLmdb(path), index))
          try {
            acknowledged = labelsOf(victim.chain)
            for (; done < steps.length; done++) {
              const step = steps[done] as Step
              await take(victim.chain, step, lasts)
              acknowledged = labelsOf(victim.chain)
              if (lasts === 'now' || 'forkchoice' in step) lasting = done + 1
            }
          } finally {
            await victim.close()
          }
        } catch (error) {
          if (!(error instanceof SimulatedCrash) && !((error as Error).cause instanceof SimulatedCrash))
            throw error
        }

        const { chain, state, close } = await openChain(directory, genesis)
        expectConsistent(chain, state)
        const interrupted = steps[done]
        if (acknowledged !== null) {
          const { head } = labelsOf(chain)
          const possible = [acknowledged.head]
          if (interrupted !== undefined && 'forkchoice' in interrupted)
            possible.push(interrupted.forkchoice.headBlockHash)
          expect(possible).toContain(head)
          if (head === acknowledged.head) expect(labelsOf(chain)).toEqual(acknowledged)
        }
        const finalized = chain.finalized?.header.number ?? 0n
        for (const step of steps.slice(0, lasting)) {
          if (!('payload' in step)) continue
          const { blockHash: hash, blockNumber, parentHash } = step.payload.payload
          // What stood on a forgotten side chain was forgotten with it.
          if (blockNumber > finalized && chain.store.byHash(parentHash) !== undefined)
            expect(chain.store.byHash(hash)).toBeDefined()
        }
        for (const step of steps.slice(lasting)) await take(chain, step, lasts)
        expect(labelsOf(chain)).toEqual(final)
        expectConsistent(chain, state)
        await close()
        rmSync(directory, { recursive: true })
      }
    },
  )

  it('is new or complete when it died while the datadir was made', async () => {
    const boundaries: Boundary[] = []
    const first = await openChain(join(root, 'first'), genesis, (path) =>
      crashAt(openLmdb(path), -1, (boundary) => boundaries.push(boundary)),
    )
    await first.close()
    for (const index of worthCrashingAt(boundaries, 500)) {
      const directory = join(root, `new-${index}`)
      await expect(openChain(directory, genesis, (path) => crashAt(openLmdb(path), index))).rejects.toThrow(
        'at boundary',
      )
      const { chain, state, close } = await openChain(directory, genesis)
      expect(chain.head.header.number).toBe(0n)
      readWholeState(state, chain.head.header.stateRoot, new Set())
      await take(chain, steps[0] as Step, 'now')
      await close()
      rmSync(directory, { recursive: true })
    }
  })
})
