import { describe, expect, it } from 'vitest'
import { createListeners } from '../concurrency/listeners.ts'
import { type L1BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../protocol/refs.ts'
import { createCursor } from './cursor.ts'
import { createFollowRig } from './testing/follow-rig.ts'

describe('currentL1 on an L1 that reorgs', () => {
  const accepted = async () => {
    const t = createFollowRig()
    t.source.answer = async () => t.status(t.l1.at(6n), 5)
    await t.start()
    t.source.answer = async () => t.status(t.l1.at(10n), 9)
    await t.tick()
    expect(t.derivation.currentL1.number).toBe(10n)
    t.source.answer = async () => {
      throw new Error('down')
    }
    return t
  }

  it('goes back to the newest accepted block that is canonical, also while the source is away', async () => {
    const t = await accepted()
    t.reorg(8n, 5)
    await t.clock.settle()
    expect(t.derivation.currentL1).toEqual(t.status(t.l1.at(6n), 5).currentL1)
  })

  it('is not known when nothing that was accepted is left', async () => {
    const t = await accepted()
    t.reorg(3n, 20)
    await t.clock.settle()
    expect(t.derivation.currentL1).toEqual(zeroL1BlockRef)
  })

  it('goes back with heads that are reset', async () => {
    const t = await accepted()
    t.engine.onResetHeads = () => ({ localSafe: t.chain[5]!, safe: t.chain[5]!, unsafe: t.chain[5]! })
    await t.engine.reset('L1 reorg')
    await t.clock.settle()
    expect(t.derivation.currentL1.number).toBe(6n)
  })

  it('stays when only L1 lags, and is asked again when L1 could not be', async () => {
    const t = await accepted()
    t.l1.failure = new Error('L1 is down')
    t.reorg(8n, 5)
    await t.clock.settle()
    expect(t.derivation.currentL1.number).toBe(10n)
    t.l1.failure = null
    t.source.answer = async () => t.status(t.l1.at(6n), 5)
    await t.tick()
    expect(t.derivation.currentL1.number).toBe(6n)
  })
})

it('remembers of an L1 that never settles only what it replaced last', () => {
  const { l1, engine, logger } = createFollowRig()
  const cursor = createCursor({ l1, engine, logger, listeners: createListeners() })
  const nobody = zeroL2BlockRef
  const replaced = Array.from({ length: 1_025 }, (_, index): L1BlockRef => {
    const number = BigInt(index)
    const ref = { ...zeroL1BlockRef, number, hash: `0x${number.toString(16).padStart(64, '0')}` } as const
    const target = { currentL1: ref, localSafe: nobody, safe: nobody, finalized: nobody }
    cursor.applied({ target, followCase: 'ahead' })
    cursor.onL1Change({ head: l1.head, added: [], removed: [ref], restarted: false })
    return ref
  })
  expect([0, 1, 1_024].map((at) => cursor.wasReplaced(replaced[at]!))).toEqual([false, true, true])
})
