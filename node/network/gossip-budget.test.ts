import { describe, expect, it } from 'vitest'
import { gossipMessageLengthMax } from '../protocol/gossip-message.ts'
import { createGossipBudget } from './gossip-budget.ts'

const slotMs = 2_000
const longest = gossipMessageLengthMax
const budget = () => createGossipBudget(slotMs, (peer) => peer === 'static')

/** How many of the longest messages are taken, each from a new identity. */
function fresh({ take }: ReturnType<typeof budget>, count: number, nowMs: number): number {
  return Array.from({ length: count }, (_, index) => take(`fresh ${nowMs} ${index}`, longest, nowMs)).filter(
    Boolean,
  ).length
}

describe('what gossip may make a node decompress', () => {
  it('is two of the longest messages at once and one in a slot, however many identities send', () => {
    const one = budget()
    expect(fresh(one, 50, 0)).toBe(2)
    expect(fresh(one, 50, slotMs - 100)).toBe(0)
    expect(fresh(one, 50, slotMs)).toBe(1)
    expect(fresh(one, 50, 100 * slotMs)).toBe(2)
  })

  it('is not less for small messages, which everybody may send', () => {
    const one = budget()
    fresh(one, 50, 0)
    expect(one.take('another', 64 * 1024, 0)).toBe(true)
    expect(one.take('another', 1024 * 1024, 0)).toBe(false)
  })

  it('is its own for a peer that brought blocks, until it brings what it should not have', () => {
    const one = budget()
    one.good('honest')
    fresh(one, 50, 0)
    expect(one.take('honest', longest, 0)).toBe(true)
    one.bad('honest')
    expect(one.take('honest', longest, 0)).toBe(false)
  })

  it('is limited for a peer that brought blocks, too: it goes on as one of all', () => {
    const one = budget()
    one.good('honest')
    const taken = Array.from({ length: 10 }, () => one.take('honest', longest, 0)).filter(Boolean)
    expect(taken).toHaveLength(4)
  })

  it('is its own for a peer that the operator named, and not anew each time that it is bad', () => {
    const one = budget()
    fresh(one, 50, 0)
    const taken = Array.from({ length: 10 }, () => {
      one.bad('static')
      return one.take('static', longest, 0)
    })
    expect(taken.filter(Boolean)).toHaveLength(2)
  })
})
