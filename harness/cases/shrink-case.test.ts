import { describe, expect, it } from 'vitest'
import { drawCase } from '../fuzz/draw-case.ts'
import type { Case, Deed } from './case.ts'
import { CaseError, formatCase, parseCase, topologyOf } from './case.ts'
import { printScenario } from './print-scenario.ts'
import { shrinkCase, withoutNode } from './shrink-case.ts'

const mine = (atMs: number): Deed => ({ kind: 'l1-mine', atMs, blocks: 1 })
const drawn = drawCase('3')
const failing: Case = {
  ...drawn,
  roughNetwork: true,
  topology: { ...drawn.topology, batcher: { sequencer: 'sequencer', dataAvailability: 'blobs' } },
  faultsMs: 60_000,
  deeds: Array.from({ length: 23 }, (_, index) => mine(index * 1_000)),
  violates: { reason: 'invariant heads-ordered', found: 'a head' },
}

describe('shrinkCase', () => {
  it('finds the two deeds that are the reason, and what else can go', async () => {
    const needs = [5_000, 17_000]
    const small = await shrinkCase(failing, async ({ deeds }) => {
      const whole = needs.every((ms) => deeds.some(({ atMs }) => atMs === ms))
      return { violation: whole ? { reason: 'invariant heads-ordered', found: 'another' } : null }
    })
    expect(small.deeds.map(({ atMs }) => atMs)).toEqual(needs)
    expect(small.parameters).toEqual({})
    expect(small.roughNetwork).toBeUndefined()
    expect(small.topology.batcher).toEqual({ sequencer: 'sequencer' })
    expect(small.faultsMs).toBe(27_000)
    expect(small.violates?.found).toBe('another')
  })

  it('tries first without what was to be done after the violation', async () => {
    const tried: number[] = []
    await shrinkCase(
      failing,
      async ({ deeds }) => {
        tried.push(deeds.length)
        return { violation: failing.violates }
      },
      { foundMs: 5_500 },
    )
    expect(tried[0]).toBe(6)
  })

  it('is what it is when its time is up', async () => {
    const stop = new AbortController()
    let runs = 0
    const small = await shrinkCase(
      failing,
      async () => {
        if (++runs === 3) stop.abort()
        return { violation: failing.violates }
      },
      { signal: stop.signal },
    )
    expect(runs).toBe(3)
    expect(small.deeds.length).toBeLessThan(failing.deeds.length)
    expect(small.roughNetwork).toBe(true)
  })

  it('makes deeds last less long, as far as they must', async () => {
    const stop = (forMs: number): Case['deeds'] => [{ kind: 'l1-stop', atMs: 1_000, forMs }]
    const small = await shrinkCase({ ...failing, deeds: stop(40_000) }, async ({ deeds: [deed] }) => ({
      violation: deed?.kind === 'l1-stop' && (deed.forMs ?? 0) >= 9_000 ? failing.violates : null,
    }))
    expect(small.deeds).toEqual(stop(10_000))
  })

  it('runs no more often than it may', async () => {
    let runs = 0
    const run = async () => {
      runs++
      return { violation: failing.violates }
    }
    await shrinkCase(failing, run, { runsMax: 3 })
    expect(runs).toBe(3)
  })

  it('does not take another reason for the same', async () => {
    const small = await shrinkCase(failing, async ({ deeds }) => ({
      violation: { reason: deeds.length < 23 ? 'convergence' : 'invariant heads-ordered', found: '' },
    }))
    expect(small.deeds).toHaveLength(23)
  })

  it('takes a node away with all that is done to it, but not the one that builds blocks', () => {
    const one: Case = {
      ...drawn,
      topology: {
        cls: { a: { el: 'a-el', sequencer: { l1Confirmations: 1 } }, b: { el: 'b-el', follows: 'a' } },
        ...{ els: { 'a-el': {}, 'b-el': {} }, batcher: { sequencer: 'a' } },
        ...{ gossip: [['a', 'b']], elPeers: [['a-el', 'b-el']] },
      },
      deeds: [
        { kind: 'fault', atMs: 1, point: 'b→b-el(engine)', fault: { fault: 'hang' } },
        { kind: 'fault', atMs: 2, point: 'a→l1', fault: { fault: 'hang' } },
        { kind: 'reset', atMs: 3, node: 'b' },
      ],
    }
    expect(withoutNode(one, 'a')).toBeNull()
    const fewer = withoutNode(one, 'b')
    expect(Object.keys(fewer?.topology.cls ?? {})).toEqual(['a'])
    expect(fewer?.deeds.map(({ atMs }) => atMs)).toEqual([2])
  })

  describe('of a world with hostile peers', () => {
    const bad = (atMs: number, point: string): Deed => ({
      ...{ kind: 'fault', atMs, point },
      fault: { fault: 'wrongHash' },
    })
    const one: Case = {
      ...failing,
      topology: {
        cls: {
          a: { el: 'a-el', sequencer: { l1Confirmations: 1 } },
          b: { el: 'b-el', follows: 'a' },
        },
        ...{ els: { 'a-el': {}, 'b-el': {} }, batcher: { sequencer: 'a' }, gossip: [], elPeers: [] },
        hostile: { ofAll: { gossip: ['a', 'b'] }, ofOne: { gossip: ['b'] } },
      },
      deeds: [bad(1, 'ofAll'), bad(2, 'ofOne'), mine(3), bad(4, 'ofOne↔b')],
    }

    it('takes one away with its last peer', () => {
      const fewer = withoutNode(one, 'b')
      expect(fewer?.topology.hostile).toEqual({ ofAll: { gossip: ['a'] } })
      expect(fewer?.deeds).toEqual([bad(1, 'ofAll'), mine(3)])
      expect(() => topologyOf(fewer!)).not.toThrow()
    })

    it('takes away those that are no part of the reason', async () => {
      const violated = async ({ deeds }: Case) => ({
        violation: deeds.some((deed) => deed.kind === 'fault' && deed.point === 'ofOne')
          ? failing.violates
          : null,
      })
      const small = await shrinkCase(one, violated)
      expect(small.topology.hostile).toEqual({ ofOne: { gossip: ['b'] } })
      expect(small.deeds).toEqual([bad(2, 'ofOne')])
      const none = await shrinkCase(one, async () => ({ violation: failing.violates }))
      expect('hostile' in none.topology).toBe(false)
    })

    it('reads back as it was written, and makes a topology that has them', () => {
      expect(parseCase(formatCase(one), 'x.json')).toEqual(one)
      expect(topologyOf(one).hostile).toEqual(one.topology.hostile)
      expect('hostile' in topologyOf(failing)).toBe(failing.topology.hostile !== undefined)
      const strange = { ...one, topology: { ...one.topology, hostile: { x: { gossip: ['nobody'] } } } }
      expect(() => topologyOf(strange)).toThrow('hostile.x.gossip')
      expect(printScenario(one)).toContain("point('ofAll').install")
    })
  })

  describe('takes away a node that others follow', () => {
    const hang = (atMs: number, point: string): Deed => ({
      ...{ kind: 'fault', atMs, point },
      fault: { fault: 'hang' },
    })
    const one: Case = {
      ...drawn,
      topology: {
        cls: {
          a: { el: 'a-el', follows: 'b', sequencer: { l1Confirmations: 1 } },
          b: { el: 'b-el', safeDb: true },
          c: { el: 'c-el', follows: 'b' },
          d: { el: 'd-el', follows: 'c' },
        },
        ...{ els: { 'a-el': {}, 'b-el': {}, 'c-el': {}, 'd-el': {} }, batcher: { sequencer: 'a' } },
        ...{ gossip: [], elPeers: [] },
      },
      deeds: [hang(1, 'd→c'), hang(2, 'c→b'), hang(3, 'a→b'), hang(4, 'b→l1')],
    }

    it('that follows: who followed it follows its source', () => {
      const fewer = withoutNode(one, 'c')
      expect(fewer?.topology.cls['d']).toEqual({ el: 'd-el', follows: 'b' })
      expect(fewer?.deeds).toEqual([hang(1, 'd→b'), hang(3, 'a→b'), hang(4, 'b→l1')])
    })

    it('that derives: one of them derives in its place', () => {
      const fewer = withoutNode(one, 'b')
      expect(fewer?.topology.cls).toEqual({
        a: { el: 'a-el', sequencer: { l1Confirmations: 1 }, safeDb: true },
        c: { el: 'c-el', follows: 'a' },
        d: { el: 'd-el', follows: 'c' },
      })
      expect(fewer?.deeds).toEqual([hang(1, 'd→c'), hang(2, 'c→a')])
      expect(() => topologyOf(fewer!)).not.toThrow()
    })
  })
})

describe('a case', () => {
  it('is drawn the same from the same seed, and reads back as it was written', () => {
    expect(drawCase('3')).toEqual(drawn)
    expect(drawCase('4').deeds).not.toEqual(drawn.deeds)
    expect(parseCase(formatCase(failing), 'x.json')).toEqual(failing)
  })

  it('names the field that is wrong', () => {
    const wrong = JSON.stringify({ ...failing, deeds: [{ kind: 'l1-mine', atMs: -1, blocks: 1 }] })
    expect(() => parseCase(wrong, 'x.json')).toThrow(CaseError)
    expect(() => parseCase(wrong, 'x.json')).toThrow(/x\.json.*deeds\[0\]\.atMs/s)
  })

  it.each(['{"name":"lockstep","version":"0.1.0"}', '[]', '{"format":"lockstep-case","version":2}'])(
    'says in one sentence that %s is none, not field by field what it lacks',
    (text) => {
      expect(() => parseCase(text, 'x.json')).toThrow(
        /^x\.json is no case file \(expected one of version 1 that [^\n]*\)$/,
      )
    },
  )

  it('is printed as a scenario with every deed', () => {
    const text = printScenario({
      ...failing,
      deeds: [
        mine(1_000),
        { kind: 'l1-stop', atMs: 2_000, forMs: 500 },
        { kind: 'reset', atMs: 3_000, node: 'follower' },
      ],
    })
    expect(text).toContain("scenario('seed-3'")
    const at = [
      'start + 1)\n',
      'l1.mine',
      'start + 2)\n',
      'stopProduction',
      'start + 2.5)\n',
      'startProduction',
      'start + 3)\n',
      'await follower.resetPipeline()',
    ]
    const places = at.map((part) => text.indexOf(part))
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })
})
