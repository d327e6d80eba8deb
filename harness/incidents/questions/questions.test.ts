import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../../events/event.ts'
import { recordedRun } from '../../report/testing/recorded-run.ts'
import { eventText } from './event-text.ts'
import { foldNodeState } from './node-state.ts'
import { defaultEvent, selectEvent, surveyEvents } from './select-event.ts'
import { parseWhen } from './when.ts'
import { foldWhy } from './why.ts'

const events = recordedRun('reorg-recovery')
const fromMs = events[0]!.t

function stateOf(node: string, seconds: number) {
  const fold = foldNodeState(node)
  for (const event of events) if (event.t <= fromMs + seconds * 1000) fold.add(event)
  return { state: fold.state(), nodes: fold.nodes }
}
function whyOf(node: string, what: string) {
  const fold = foldWhy(node, selectEvent(node, what)!)
  for (const event of events) if (fold.add(event)) break
  return fold.why()
}

describe('state', () => {
  it('is the last of everything until then, and nothing that came later', () => {
    const { state } = stateOf('follower', 9)
    const last = (fits: (event: WorldEvent) => boolean) =>
      events.findLast((event) => event.t <= fromMs + 9_000 && fits(event))
    expect(state?.heads.find(({ level }) => level === 'unsafe')).toEqual(
      last((event) => event.kind === 'head' && event.node === 'follower' && event.level === 'unsafe'),
    )
    expect(state?.update).toEqual(
      last(
        (event) =>
          event.kind === 'engine' &&
          event.link === 'follower→follower-el(engine)' &&
          event.heads !== undefined,
      ),
    )
    expect(state?.told).toEqual(last((event) => event.kind === 'source' && event.follower === 'follower'))
    expect(state?.peers.map(({ peer }) => peer).sort()).toEqual(['reference', 'sequencer'])
    expect(state?.reorgs).toBe(1)
  })

  it('says who there was when nothing is known of the node', () => {
    const { state, nodes } = stateOf('nobody', 20)
    expect(state).toBeNull()
    expect([...nodes]).toEqual(expect.arrayContaining(['follower', 'reference', 'sequencer']))
  })

  it.each([
    ['41.5', 41_500],
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['end', Number.POSITIVE_INFINITY],
  ])('%s is a moment', (text, ms) => expect(parseWhen(text)?.(0)).toBe(ms))
  it('takes times of a clock as they are, and nothing else', () => {
    expect(parseWhen('2026-11-28T11:45:13Z')?.(5)).toBe(Date.parse('2026-11-28T11:45:13Z'))
    expect(parseWhen('1795866313')?.(5)).toBe(1_795_866_313_000)
    for (const text of ['', 'soon', '-5', '1x']) expect(parseWhen(text), text).toBeNull()
  })
})

describe('why', () => {
  it('leads from the L1 reorg over the answer of L1 and the decision to the update and what was published', () => {
    const why = whyOf('follower', 'reset#2')
    expect(why?.target).toMatchObject({ kind: 'reach', mark: 'reset by L1 reorg' })
    const parts = why!.links.map(({ part, event }) => [part, event.kind])
    const order = [
      ['L1', 'l1-reorg'],
      ['source', 'source'],
      ['decision', 'log'],
      ['L1', 'rpc'],
      ['event', 'reach'],
      ['update', 'engine'],
      ['effect', 'head'],
    ]
    const places = order.map((one) => parts.findIndex((part) => part.join() === one.join()))
    expect(places, JSON.stringify(parts)).not.toContain(-1)
    expect(places, JSON.stringify(parts)).toEqual([...places].sort((a, b) => a - b))
    const numbers = why!.links.map(({ event }) => event.seq)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  it('finds the status that told a safe head first, and the update that named it', () => {
    const why = whyOf('follower', 'localSafe#6')
    const { target, links } = why!
    const hash = target.kind === 'head' ? target.block.hash : ''
    const told = links.find(({ part }) => part === 'source')?.event
    expect(told?.kind === 'source' && told.heads?.localSafe.hash).toBe(hash)
    const update = links.find(({ part }) => part === 'update')?.event
    expect(update?.kind === 'engine' && Object.values(update.heads ?? {})).toContain(hash)
    expect(told!.seq < update!.seq && update!.seq < target.seq).toBe(true)
  })

  it('keeps half a minute of a stream, however long it is', () => {
    const fold = foldWhy('n', selectEvent('n', 'violation')!)
    const noise = (seq: number): WorldEvent => ({
      ...{ seq, t: seq * 100, kind: 'log', component: 'n', level: 'info', message: 'x'.repeat(2_000) },
    })
    for (let seq = 0; seq < 100_000; seq++) fold.add(noise(seq))
    const target = { kind: 'invariant', invariant: 'i', node: 'n', outcome: 'violated' } as const
    fold.add({ seq: 100_000, t: 10_000_000, ...target })
    // It need not read on when nothing can belong to it any more.
    expect([fold.add(noise(100_149)), fold.add(noise(100_151))]).toEqual([false, true])
    const links = fold.why()!.links
    expect(links.length).toBeLessThan(20)
    expect(links.every(({ event }) => event.t >= 10_000_000 - 30_000)).toBe(true)
  })

  it('says of a head that went back from what, and has as effects what went back with it alone', () => {
    const { target, from, links } = whyOf('follower', 'back#1')!
    expect(target.kind === 'head' && from!.number >= target.block.number).toBe(true)
    const before = events.findLast(
      (event) =>
        event.kind === 'head' &&
        event.node === 'follower' &&
        event.seq < target.seq &&
        target.kind === 'head' &&
        event.level === target.level,
    )
    expect(from).toMatchObject(before?.kind === 'head' ? before.block : {})
    expect(eventText(target, from)).toContain(`back from ${from!.number}:`)
    const effects = links.filter(({ part }) => part === 'effect')
    expect(effects.length).toBeGreaterThan(0)
    for (const { event, from: was } of effects) {
      expect(event.t - target.t).toBeLessThanOrEqual(2_000)
      expect(event.kind === 'head' && event.block.number <= was!.number, JSON.stringify(event)).toBe(true)
    }
  })

  it('chooses by itself the first head that goes back, else a reset that is of no start, and counts what there is', () => {
    const surveyOf = (fits: (event: WorldEvent) => boolean) => {
      const counting = surveyEvents('follower')
      for (const event of events) if (fits(event)) counting.add(event)
      return counting.survey()
    }
    const all = surveyOf(() => true)
    expect(defaultEvent(all)).toBe('back#1')
    const resets = all.counts.get('reset')!
    expect(resets).toBeGreaterThan(1)
    const reset = defaultEvent(surveyOf(({ kind }) => kind !== 'head'))!
    const target = whyOf('follower', reset)?.target
    expect(target?.kind === 'reach' && target.mark).toMatch(/^reset (?!at start)/)
    // A recording has heads alone.
    expect(defaultEvent(surveyOf((event) => event.kind === 'head' && event.level === 'unsafe'))).toMatch(
      /back|unsafe/,
    )
    expect(defaultEvent(surveyEvents('nobody').survey())).toBeNull()
  })

  it('knows what cannot be asked for, and counts what there is', () => {
    for (const text of ['', 'reset#0', 'nonsense', 'reset#x', '#1'])
      expect(selectEvent('n', text), text).toBeNull()
    const selector = selectEvent('follower', 'reset#99')!
    expect(events.some((event) => selector.is(event))).toBe(false)
    expect(selector.count).toBeGreaterThan(1)
  })
})
