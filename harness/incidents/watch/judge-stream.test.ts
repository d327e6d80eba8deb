import { describe, expect, it } from 'vitest'
import { type Fact, timelineVersion, type WorldEvent } from '../../events/event.ts'
import { explainEvents } from '../explain/explain.ts'
import type { Finding } from '../explain/finding.ts'
import { type KeptIncident, keptIncidents, keptRecording } from '../testing/kept-recordings.ts'
import { createStreamJudge } from './judge-stream.ts'

/** Gives the events as they came, and judges every five seconds. */
function watched(events: readonly WorldEvent[]): readonly (Finding & { readonly toldMs: number })[] {
  const judge = createStreamJudge()
  const found: (Finding & { readonly toldMs: number })[] = []
  let nextMs = (events[0]?.t ?? 0) + 5_000
  for (const event of events) {
    for (; event.t >= nextMs; nextMs += 5_000)
      found.push(...judge.judge(nextMs).map((one) => ({ ...one, toldMs: nextMs })))
    judge.add(event)
  }
  return found
}
/** The sequencer that oscillates violates nothing that a status tells. */
const violating = keptIncidents.filter((name): name is KeptIncident => name !== 'sequencer-oscillates')

describe('a watch', () => {
  it.each(violating)('%s: tells what the explanation finds, while it happens, and nothing before', (name) => {
    const { events } = keptRecording(name)
    const found = watched(events)
    const { findings } = explainEvents(events)
    const startMs = events[0]!.t
    expect(found.map(({ rule, node }) => `${rule} ${node}`)).toContain(
      `${findings[0]?.rule} ${findings[0]?.node}`,
    )
    for (const { toldMs } of found) expect(toldMs - startMs).toBeGreaterThan(40_000)
  })

  it('tells a rule once while it is violated, and again when it had held', () => {
    const judge = createStreamJudge()
    let t = 0
    const head = (level: 'unsafe' | 'localSafe', number: number) => {
      t += 1_000
      judge.add({
        ...{ seq: t, t, kind: 'head', node: 'a', level },
        block: { number, hash: `0x${level === 'unsafe' ? 'a' : 'b'}${number}` },
      })
    }
    head('unsafe', 5)
    head('localSafe', 6)
    expect(judge.judge(t + 100).map(({ rule }) => rule)).toEqual(['heads-ordered'])
    expect(judge.judge(t + 5_000)).toEqual([])
  })

  it('holds nothing against a follower that moves while the recorder does not reach its source, unless it is above it still', () => {
    const judge = createStreamJudge()
    const run: Fact = {
      ...{ kind: 'run', version: timelineVersion, runId: 'r', scenario: 'r', topology: 'recording' },
      ...{ runnerPid: 0, startedAt: '', parameters: { l2BlockTime: 1, follows: { follower: 'source' } } },
    }
    let seq = 0
    const add = (t: number, fact: Fact) => judge.add({ seq: seq++, t, ...fact })
    const heads = (t: number, node: string, number: number) => {
      for (const level of ['unsafe', 'localSafe', 'crossSafe'] as const)
        add(t, { kind: 'head', node, level, block: { number, hash: `0x${number}` } })
    }
    add(0, run)
    heads(0, 'source', 5)
    heads(500, 'follower', 5)
    const away: Fact = {
      ...{ kind: 'rpc', link: 'recorder→source', methods: [], outcome: 'http_429', durationMs: 0 },
    }
    add(1_000, away)
    heads(2_000, 'follower', 8)
    expect(judge.judge(7_000)).toEqual([])
    heads(8_000, 'source', 9)
    add(8_000, { kind: 'gap', component: 'source', from: 1_000, reason: '' })
    expect(judge.judge(12_000)).toEqual([])

    add(13_000, away)
    heads(14_000, 'follower', 30)
    expect(judge.judge(18_000)).toEqual([])
    heads(19_000, 'source', 10)
    add(19_000, { kind: 'gap', component: 'source', from: 13_000, reason: '' })
    expect(judge.judge(24_000)).toMatchObject([{ rule: 'within-source', node: 'follower' }])
  })

  it('says that a head stands still although no event comes any more', () => {
    const judge = createStreamJudge()
    for (let number = 1; number < 10; number++)
      judge.add({
        ...{ seq: number, t: number * 2_000, kind: 'head', node: 'a', level: 'unsafe' },
        block: { number, hash: `0x${number}` },
      })
    expect(judge.judge(20_000)).toEqual([])
    expect(judge.judge(120_000).map(({ rule }) => rule)).toEqual(['unsafe-advances'])
  })

  it('keeps an hour of a stream that never ends, and the last word about what moved before', () => {
    const judge = createStreamJudge()
    judge.add({
      seq: 0,
      t: 0,
      kind: 'head',
      node: 'a',
      level: 'localSafe',
      block: { number: 900_000, hash: '0xff' },
    })
    for (let seq = 1; seq < 200_000; seq++)
      judge.add({
        seq,
        t: seq,
        kind: 'head',
        node: 'a',
        level: 'unsafe',
        block: { number: seq, hash: `0x${seq}` },
      })
    // The safe head is from long ago, and above the unsafe one.
    expect(judge.judge(200_000).map(({ rule }) => rule)).toContain('heads-ordered')
  })
})
