import { describe, expect, it } from 'vitest'
import { createApplicationScores } from './application-score.ts'
import type { GossipRefusal } from './gossip-validation.ts'

const slotMs = 2_000
const graylist = -40
const banned = -100

function setUp() {
  let now = 0
  const scores = createApplicationScores(slotMs, () => now)
  return {
    scores,
    wait: (slots: number) => {
      now += slots * slotMs
    },
    offend: (refusal: GossipRefusal, times = 1, peer = 'p') => {
      for (let index = 0; index < times; index++) scores.record(peer, refusal, 100)
      return scores.score(peer)
    },
  }
}

describe('application scores', () => {
  it.each<[GossipRefusal, number]>([
    ['too_long', -120],
    ['malformed', -120],
    ['bad_signature', -120],
    ['wrong_signer', -20],
    ['wrong_topic', -20],
    ['bad_block_hash', -20],
    ['bad_fields', -20],
    ['too_many_at_height', -20],
    ['too_old', -1],
    ['too_early', -1],
    ['unknown_signer', 0],
    ['seen', 0],
  ])('one message that is %s costs %s', (refusal, score) => {
    expect(setUp().offend(refusal)).toBeCloseTo(score, 9)
  })

  it('bans for one forgery, or for six rejected blocks at once', () => {
    expect(setUp().offend('malformed')).toBeLessThan(banned)
    expect(setUp().offend('wrong_signer', 5)).toBe(banned)
    expect(setUp().offend('wrong_signer', 6)).toBeLessThan(banned)
  })

  it('ignores a peer after three rejected blocks, and hears it again 12 s after a change of the signer', () => {
    const { offend, wait, scores } = setUp()
    expect(offend('wrong_signer', 2)).toBe(graylist)
    expect(offend('wrong_signer')).toBeLessThan(graylist)
    wait(6)
    expect(scores.score('p')).toBeGreaterThan(graylist)
  })

  it('never ignores a peer for old blocks: a sequencer that catches up sends many', () => {
    expect(setUp().offend('too_old', 1_000)).toBe(-9)
  })

  it('stops counting at twenty rejected blocks', () => {
    expect(setUp().offend('wrong_signer', 1_000)).toBe(-400)
  })

  it('decays to a hundredth in sixty slots, and to nothing', () => {
    const { offend, wait, scores } = setUp()
    offend('wrong_signer', 10)
    wait(60)
    expect(scores.score('p')).toBeCloseTo(-2, 9)
    expect(scores.counts('p').rejectedPayloads).toBeCloseTo(0.1, 9)
    wait(60)
    expect(scores.score('p')).toBeCloseTo(0, 9)
    expect(scores.counts('p')).toEqual({ validResponses: 0, errorResponses: 0, rejectedPayloads: 0 })
  })

  it('keeps peers apart and forgets the one that offended longest ago', () => {
    const { offend, scores } = setUp()
    for (let peer = 0; peer <= 1_000; peer++) offend('wrong_signer', 1, `p${peer}`)
    expect(scores.score('p0')).toBeCloseTo(0, 9)
    expect(scores.score('p1')).toBe(-20)
    expect(scores.score('p1000')).toBe(-20)
    offend('wrong_signer', 1, 'p1')
    offend('wrong_signer', 1, 'q')
    expect([scores.score('p1'), scores.score('p2')]).toEqual([-40, -0])
  })
})
