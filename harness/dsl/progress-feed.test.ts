import { describe, expect, it } from 'vitest'
import type { Fact, WorldEvent } from '../events/event.ts'
import { createProgressFeed } from './progress-feed.ts'

describe('createProgressFeed', () => {
  it('sends what counts, in portions, and the rest at the end', () => {
    const sent: string[][] = []
    let [now, seq] = [0, 0]
    const feed = createProgressFeed(
      (events) =>
        sent.push(
          events.map((event) => `${event.kind} ${event.kind === 'head' ? event.block.number : ''}`.trim()),
        ),
      () => now,
    )
    const add = (fact: Fact) => feed.add({ seq: seq++, t: 0, ...fact } satisfies WorldEvent)
    const head = (number: number) =>
      add({
        kind: 'head',
        node: 'follower',
        level: 'unsafe',
        block: { number, hash: '0x', origin: { number: 0, hash: '0x' } } as never,
      })
    add({ kind: 'booted', durationMs: 1 })
    for (let number = 1; number <= 50; number++) head(number)
    add({ kind: 'wait', id: 1, what: 'over soon', action: 'start' })
    add({ kind: 'wait', id: 1, what: 'over soon', action: 'end' })
    add({ kind: 'wait', id: 2, what: 'long', action: 'start' })
    add({ kind: 'reach', mark: 'm', node: 'follower' })
    add({ kind: 'reach', mark: 'm', node: 'follower' })
    expect(sent).toEqual([])
    now = 250
    head(51)
    expect(sent).toEqual([['booted', 'wait', 'reach', 'head 51']])
    add({ kind: 'wait', id: 2, what: 'long', action: 'end' })
    add({ kind: 'reach', mark: 'm', node: 'follower' })
    feed.end()
    feed.end()
    expect(sent.slice(1)).toEqual([['wait']])
  })
})
