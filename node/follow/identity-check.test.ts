import { describe, expect, it } from 'vitest'
import type { ChainIdentity } from '../ports/follow-source.ts'
import { createFollowRig, localSafes, timeoutMs } from './testing/follow-rig.ts'

describe('the identity of the source, beside its status', () => {
  it.each<[string, () => Promise<Partial<ChainIdentity>>]>([
    ['does not offer it', async () => ({})],
    ['answers an error', () => Promise.reject(new Error('-32000: not allowed'))],
    ['never answers', () => new Promise(() => {})],
  ])('a source that %s is followed, and it is said once', async (_name, identity) => {
    const t = createFollowRig()
    t.source.identity = identity
    await t.start()
    await t.clock.advance(timeoutMs)
    expect(localSafes(t.engine.followed)).toContain(9n)
    t.source.answer = async () => t.status(t.l1.at(12n), 11)
    await t.tick()
    expect(t.derivation.followStatus()).toMatchObject({ lastResult: 'applied', paused: false })
    await t.clock.advance(100_000)
    const said = t.logger.lines.filter(({ message }) => message.includes('does not tell its chain'))
    expect(said).toHaveLength(1)
  })

  it('what is told decides, what is not told does not', async () => {
    const t = createFollowRig()
    t.source.identity = async () => ({ l1GenesisHash: t.identity.l1GenesisHash })
    await t.start()
    expect(t.engine.followed).toHaveLength(1)
    const foreign = createFollowRig()
    foreign.source.identity = async () => ({ l2GenesisHash: foreign.chain[3]!.hash })
    await foreign.start()
    expect(String(foreign.ended.error)).toMatch(/L2 genesis hash: expected 0x.*, found 0x/)
  })

  it('is asked for every minute, without a failed fetch: a source that changes its chain is not followed', async () => {
    const t = createFollowRig()
    await t.start()
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    await t.clock.advance(62_000)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true, lastResult: 'error_identity' })
    expect(t.ended.done).toBe(false)
  })

  it('is asked for again where it could not be: a source that was starting replaces no head meanwhile', async () => {
    const t = createFollowRig()
    await t.start()
    const adopt = t.engine.onFollow
    const confirmations: boolean[] = []
    t.engine.follow = async (target, confirmed) => {
      confirmations.push(confirmed)
      return confirmed ? adopt(target) : 'unconfirmed'
    }
    const away = () => Promise.reject(new Error('ECONNREFUSED'))
    t.source.answer = away
    t.source.identity = away
    await t.tick()
    await t.tick()
    // Its status comes a moment before it tells its chain.
    t.source.answer = async () => t.status(t.l1.at(18n), 17)
    let asked = 0
    t.source.identity = () => (++asked === 1 ? away() : Promise.resolve({ ...t.identity, l2ChainId: 10n }))
    await t.tick()
    await t.tick()
    expect(confirmations.filter(Boolean)).toEqual([])
    expect(t.engine.state.unsafe.number).toBe(9n)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true, lastResult: 'error_identity' })
  })

  it('is asked for before our head is replaced: a source that changed its chain a moment ago is not followed', async () => {
    const t = createFollowRig()
    await t.start()
    const applied = t.engine.followed.length
    const adopt = t.engine.onFollow
    const confirmations: boolean[] = []
    t.engine.follow = async (target, confirmed) => {
      confirmations.push(confirmed)
      return confirmed ? adopt(target) : 'unconfirmed'
    }
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    t.source.answer = async () => t.status(t.l1.at(18n), 17)
    await t.tick()
    expect(confirmations).toEqual([false])
    expect(t.engine.followed).toHaveLength(applied)
    expect(t.engine.state.unsafe.number).toBe(9n)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true })
    t.source.identity = async () => t.identity
    await t.tick()
    await t.tick()
    expect(t.engine.state.unsafe.number).toBe(17n)
  })

  it.each([
    ['cannot be asked: it is not followed', () => Promise.reject(new Error('ECONNREFUSED')), true],
    ['names no chain: it is followed', async () => ({}), false],
    ['names ours: it is followed', async (ours: ChainIdentity) => ours, false],
  ])('a source that was of another chain, and then %s', async (_name, identity, paused) => {
    const t = createFollowRig()
    await t.start()
    t.source.identity = async () => ({ ...t.identity, l2ChainId: 10n })
    await t.clock.advance(62_000)
    expect(t.derivation.followStatus()).toMatchObject({ paused: true })
    const applied = t.engine.followed.length
    t.source.identity = () => identity(t.identity)
    t.source.answer = async () => t.status(t.l1.at(18n), 11)
    await t.clock.advance(15_000)
    expect(t.derivation.followStatus()).toMatchObject({ paused })
    expect(t.engine.followed.length > applied).toBe(!paused)
  })
})
