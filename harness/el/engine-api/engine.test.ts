import type { Hash } from 'viem'
import { beforeEach, describe, expect, it } from 'vitest'
import type { PayloadAttributes } from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import type { ForkchoiceDecision } from '../chain/forkchoice.ts'
import { InvalidBlockError } from '../execution/types.ts'
import { silentLogger } from '../testing/test-el.ts'
import { Engine, type EngineModules } from './engine.ts'

const head: Hash = `0x${'aa'.repeat(32)}`
const state = { headBlockHash: head, safeBlockHash: zeroHash, finalizedBlockHash: zeroHash }
const attributes = { timestamp: 10n } as PayloadAttributes
const entry = { hash: head, number: 1n, parentHash: zeroHash }
const apply: ForkchoiceDecision = {
  kind: 'apply',
  named: entry,
  head: entry,
  movement: 'extend',
  commonAncestor: entry,
  safe: null,
  finalized: null,
}

let decision: ForkchoiceDecision
let settled: PromiseWithResolvers<void>
let buildError: Error | null
let hasState: boolean
/** What the engine did, in order. */
let done: string[]
let engine: Engine

beforeEach(() => {
  decision = apply
  settled = Promise.withResolvers()
  settled.resolve()
  buildError = null
  hasState = true
  done = []
  engine = new Engine({
    chain: {
      decide: () => decision,
      hasState: () => hasState,
      apply: () => done.push('apply'),
      store: { byHash: () => ({ hash: head, header: { timestamp: 5n } }) },
    },
    builder: {
      start: async () => {
        done.push('build')
        if (buildError !== null) throw buildError
        return '0x03'
      },
    },
    pool: { settled: () => settled.promise },
    sync: { start: () => done.push('sync'), cancel: () => done.push('cancel sync') },
    logger: silentLogger,
  } as unknown as EngineModules)
})

const update = (
  wanted: PayloadAttributes | null = null,
  refusal: { code: number; message: string } | null = null,
) => engine.forkchoiceUpdated(state, wanted, 3, refusal)

describe('Engine.forkchoiceUpdated', () => {
  it('starts a sync for a missing head, and builds nothing', async () => {
    decision = { kind: 'syncing' }
    expect(await update(attributes)).toMatchObject({ payloadStatus: { status: 'SYNCING' }, payloadId: null })
    expect(done).toEqual(['sync'])
  })

  it('starts a sync for a head whose state is not held any more, and changes nothing', async () => {
    hasState = false
    expect(await update()).toMatchObject({ payloadStatus: { status: 'SYNCING' }, payloadId: null })
    expect(done).toEqual(['sync'])
  })

  it('gives INVALID with the newest valid ancestor', async () => {
    decision = { kind: 'invalid', latestValidHash: head, reason: 'links to previously rejected block' }
    expect(await update()).toMatchObject({ payloadStatus: { status: 'INVALID', latestValidHash: head } })
    expect(done).toEqual([])
  })

  it('refuses inconsistent labels with −38002 and changes nothing', async () => {
    decision = { kind: 'inconsistent', reason: 'test' }
    await expect(update(attributes)).rejects.toMatchObject({ code: -38002 })
    expect(done).toEqual([])
  })

  it('applies first, then builds when the pool has followed', async () => {
    settled = Promise.withResolvers()
    const result = update(attributes)
    await new Promise((resolve) => setImmediate(resolve))
    expect(done).toEqual(['cancel sync', 'apply'])
    settled.resolve()
    expect(await result).toMatchObject({ payloadStatus: { status: 'VALID' }, payloadId: '0x03' })
    expect(done).toEqual(['cancel sync', 'apply', 'build'])
  })

  it('keeps the update when the attributes are refused', async () => {
    await expect(update(attributes, { code: -38003, message: 'missing withdrawals' })).rejects.toMatchObject({
      code: -38003,
    })
    await expect(update({ ...attributes, timestamp: 5n })).rejects.toMatchObject({ code: -38003 })
    expect(done.filter((what) => what !== 'cancel sync')).toEqual(['apply', 'apply'])
  })

  it('tells bad attributes from an engine that failed', async () => {
    buildError = new InvalidBlockError('transaction 0: bad')
    await expect(update(attributes)).rejects.toMatchObject({ code: -38003 })
    buildError = new Error('broken')
    await expect(update(attributes)).rejects.toThrow(/^broken$/)
    buildError = null
    expect(await update(attributes)).toMatchObject({ payloadId: '0x03' })
  })
})
