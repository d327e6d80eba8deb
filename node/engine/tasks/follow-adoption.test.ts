import { describe, expect, it } from 'vitest'
import { EngineApiError, engineErrorCode } from '../../ports/engine-api.ts'
import { startEngineRig } from '../testing/engine-rig.ts'

const elBlocks = 8

describe('follow: an adoption is told once, whatever brought it', () => {
  /** A source of another chain at our height, and an engine that has it. */
  const diverged = async (options: { sequencer?: boolean } = {}) => {
    const rig = await startEngineRig({ elBlocks, ...options })
    const other = rig.extend(rig.el.at(3n), 3, rig.l1.at(2n), 'other')
    rig.el.store(...other)
    return { rig, target: rig.target(other[2]!) }
  }
  const once = (error: Error) => {
    let left = 1
    return (method: string) => (method === 'forkchoiceUpdated' && left-- > 0 ? error : null)
  }

  it.each([false, true])(
    'the first update failed and a retry succeeded (sequencer: %s)',
    async (sequencer) => {
      const { rig, target } = await diverged({ sequencer })
      rig.el.failure = once(new Error('timeout'))
      expect(await rig.follow(target)).toBe('el-error')
      expect(rig.followed).toEqual([])
      await rig.clock.advance(1_000)
      expect(rig.followed).toEqual([{ target, followCase: 'reorged' }])
      expect(rig.actor.state.holding).toBe(false)
      await rig.stop()
    },
  )

  it('the answer to the update was lost and the heads were reset: the retry only finds it in place', async () => {
    const { rig, target } = await diverged({ sequencer: true })
    rig.el.loss = once(new EngineApiError(engineErrorCode.invalidForkchoiceState, 'after all'))
    expect(await rig.follow(target)).toBe('el-error')
    await rig.clock.advance(1_000)
    expect(rig.followed).toEqual([{ target, followCase: 'reorged' }])
    await rig.stop()
  })

  it('a reset cut it: whoever hears of the reset is told so, and of the adoption with what the source says next', async () => {
    const rig = await startEngineRig({ elBlocks, sequencer: true })
    const ahead = rig.extend(rig.el.at(3n), 6, rig.l1.at(2n), 'other')
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    const target = rig.target(ahead[5]!)
    expect(await rig.follow(target)).toBe('el-syncing')
    rig.el.completeSync()
    expect(await rig.actor.reset('test')).toMatchObject({
      heads: { unsafe: target.localSafe },
      cutsAdoption: true,
    })
    expect(rig.followed).toEqual([])
    expect(await rig.actor.reset('again')).toMatchObject({ cutsAdoption: false })
    await rig.follow(target)
    expect(rig.followed).toEqual([{ target, followCase: 'ahead' }])
    await rig.stop()
  })

  it('a sync brought it', async () => {
    const rig = await startEngineRig({ elBlocks, sequencer: true })
    const ahead = rig.extend(rig.el.latest, 4)
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    const target = rig.target(ahead[3]!)
    await rig.follow(target)
    expect(rig.followed).toEqual([])
    rig.el.completeSync()
    await rig.clock.advance(250)
    expect(rig.followed).toEqual([{ target, followCase: 'ahead' }])
    await rig.stop()
  })

  // Campaign, seed 1100244~1100479~1101282.
  it('a sync brought it, and the update with the labels was refused: the head is not left for the old safe label', async () => {
    const rig = await startEngineRig({ elBlocks })
    await rig.follow(rig.target(rig.el.at(6n), { finalized: rig.el.at(2n) }))
    const other = rig.extend(rig.el.at(3n), 5, rig.l1.at(2n), 'other')
    for (const block of other) rig.el.peers.set(block.payload.blockHash, block)
    const target = rig.target(other[4]!, { finalized: rig.el.at(2n) })
    expect(await rig.follow(target)).toBe('el-syncing')
    rig.el.completeSync()
    let left = 1
    rig.el.failure = (method) =>
      method === 'forkchoiceUpdated' && rig.actor.state.syncTarget === null && left-- > 0
        ? new EngineApiError(engineErrorCode.invalidForkchoiceState, 'not now')
        : null
    await rig.clock.advance(5_000)
    expect(left).toBeLessThan(1)
    expect(rig.metrics.value('engine_resets_total')).toBe(2)
    expect(rig.actor.state).toMatchObject({ unsafe: target.localSafe, safe: target.localSafe })
    await rig.stop()
  })

  it('a refused one is not told', async () => {
    const { rig, target } = await diverged()
    rig.el.invalidBlocks.add(target.localSafe.hash)
    expect(await rig.follow(target)).toBe('refused')
    await rig.clock.advance(1_000)
    expect(rig.followed).toEqual([])
    await rig.stop()
  })
})

describe('follow: a target that waited is validated again', () => {
  it('behind a reset that backs off, without ever having been tried', async () => {
    const rig = await startEngineRig({ elBlocks })
    const other = rig.extend(rig.el.at(3n), 3, rig.l1.at(5n), 'other')
    rig.el.store(...other)
    rig.l1.failure = new Error('L1 is down')
    void rig.actor.reset('test')
    const following = rig.follow(rig.target(other[2]!))
    // The reset makes its calls again one by one before it backs off as a whole.
    await rig.clock.advance(2_000)
    expect(await following).toBe('el-error')
    rig.l1.reorg(5n, 8)
    rig.l1.failure = null
    await rig.clock.advance(10_000)
    expect(rig.actor.state.safe.number).toBe(0n)
    expect(rig.el.head).not.toBe(other[2]!.payload.blockHash)
    expect(rig.logger.lines.map(({ message }) => message)).toContain(
      'refused the status of the follow source',
    )
    await rig.stop()
  })

  it('while the engine syncs to it: it is given up, and the engine is told our head again', async () => {
    const rig = await startEngineRig({ elBlocks, sequencer: true })
    const ahead = rig.extend(rig.el.latest, 4, rig.l1.at(5n))
    await rig.follow(rig.target(ahead[3]!))
    expect(rig.actor.state).toMatchObject({ holding: true, elSyncing: true })
    rig.l1.reorg(5n, 8)
    await rig.clock.advance(1_000)
    expect(rig.actor.state).toMatchObject({ holding: false, syncTarget: null, unsafe: { number: 8n } })
    expect(rig.el.forkchoices.at(-1)).toMatchObject({ headBlockHash: rig.el.head, answer: 'VALID' })
    expect(rig.followed).toEqual([])
    await rig.stop()
  })
})

describe('follow: a target that was judged before another one was applied', () => {
  it.each([
    ['is refused when a source said it before that one', 1n, 10, 'refused', 8n],
    // Campaign, seed 850868~852424.
    ['is refused also when it was judged in the same millisecond', 1n, 0, 'refused', 8n],
    ['is applied when it is newer', 3n, 10, 'consolidated', 6n],
  ] as const)('%s', async (_, l1, beforeMs, followCase, safe) => {
    const rig = await startEngineRig({ elBlocks })
    const judgedMs = rig.clock.nowMs()
    const at = (number: bigint, currentL1: bigint) => ({
      ...rig.target(rig.el.at(number)),
      currentL1: rig.l1.at(currentL1),
    })
    await rig.clock.advance(beforeMs)
    expect(await rig.follow(at(8n, 2n))).toBe('consolidated')
    expect(await rig.actor.follow(at(6n, l1), true, judgedMs)).toBe(followCase)
    expect(rig.actor.state.safe.number).toBe(safe)
    // Whether a later status is a replay is not the engine's to say.
    await rig.clock.advance(10)
    expect(await rig.follow(at(6n, 1n))).toBe('consolidated')
    await rig.stop()
  })
})

describe('follow: heads that the engine does not have', () => {
  it('are given up for what the source says next, and nothing of them was ever published', async () => {
    const rig = await startEngineRig({ elBlocks })
    const far = rig.extend(rig.extend(rig.chain.genesis, 40, rig.l1.at(1n), 'lie').at(-1)!, 1)[0]!
    const lie = { ...rig.target(far, { finalized: far }), currentL1: rig.l1.at(3n) }
    expect(await rig.follow(lie)).toBe('el-syncing')
    await rig.clock.advance(5_000)
    const honest = rig.target(rig.el.at(6n), { finalized: rig.el.at(2n) })
    expect(await rig.follow(honest)).toBe('consolidated')
    expect(rig.actor.state).toMatchObject({
      localSafe: honest.localSafe,
      safe: honest.safe,
      finalized: honest.finalized,
      unsafe: { number: 8n },
      syncTarget: null,
    })
    expect(rig.el).toMatchObject({ head: rig.el.at(8n).payload.blockHash, finalized: honest.finalized.hash })
    expect(rig.states.every(({ unsafe, finalized }) => unsafe.number <= 8n && finalized.number <= 2n)).toBe(
      true,
    )
    await rig.stop()
  })

  it('are refused when the engine has the head, but not the safe block that it should stand on', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 4)
    rig.el.store(...ahead)
    const [stranger] = rig.extend(rig.el.at(5n), 1, rig.l1.at(2n), 'nobody has it')
    expect(await rig.follow(rig.target(ahead[3]!, { safe: stranger! }))).toBe('refused')
    expect(rig.el.forkchoices).toEqual([])
    await rig.stop()
  })

  it('whose safe block turns out not to be in the chain that was fetched are taken back', async () => {
    const rig = await startEngineRig({ elBlocks })
    const ahead = rig.extend(rig.el.latest, 4)
    for (const block of ahead) rig.el.peers.set(block.payload.blockHash, block)
    const [stranger] = rig.extend(rig.el.at(8n), 1, rig.l1.at(2n), 'nobody has it')
    await rig.follow(rig.target(ahead[3]!, { safe: stranger! }))
    rig.el.completeSync()
    await rig.clock.advance(2_000)
    expect(rig.states.every(({ safe }) => safe.number === 0n)).toBe(true)
    expect(rig.actor.state.syncTarget).toBeNull()
    await rig.follow(rig.target(ahead[2]!))
    expect(rig.actor.state.safe).toEqual(rig.ref(ahead[2]!))
    await rig.stop()
  })
})
