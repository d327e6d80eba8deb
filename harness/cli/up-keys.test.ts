import { describe, expect, it } from 'vitest'
import { controlMethods } from '../control/control-methods.ts'
import { afterCall, type KeyState, keyDeed, keyLines } from './up-keys.ts'

const nodes = ['sequencer', 'reference', 'follower']
const state: KeyState = {
  ...{ selected: 'follower', depth: 2, paused: new Set(), cut: new Set() },
  ...{ batcherOn: true, sequencerOn: true, producing: true },
}

describe('the keys of lockstep up', () => {
  it.each([
    ['r', 'control_reorg', { depth: 2 }],
    ['m', 'control_mine', {}],
    ['l', 'control_l1Production', { on: false }],
    ['b', 'control_batcher', { on: false }],
    ['s', 'control_sequencer', { on: false }],
    ['p', 'control_pause', { component: 'follower' }],
    ['c', 'control_partition', { node: 'follower' }],
    ['k', 'control_restart', { component: 'follower' }],
    ['x', 'control_kill', { component: 'follower' }],
  ] as const)('%s calls %s with parameters that it takes', (key, method, params) => {
    expect(keyDeed(key, state, nodes)).toMatchObject({ kind: 'call', method, params })
    expect(controlMethods[method].params.safeParse(params).success).toBe(true)
  })

  it.each([
    ['p', 'control_pause', 'control_resume'],
    ['c', 'control_partition', 'control_heal'],
  ])('%s undoes itself', (key, first, second) => {
    const deed = keyDeed(key, state, nodes)
    if (deed?.kind !== 'call') throw new Error('expected a call')
    expect(deed.method).toBe(first)
    const after = afterCall(state, deed)
    const undo = keyDeed(key, after, nodes)
    if (undo?.kind !== 'call') throw new Error('expected a call')
    expect(undo.method).toBe(second)
    expect(afterCall(after, undo)).toEqual(state)
  })

  it.each(['l', 'b', 's'])('%s turns on what it turned off', (key) => {
    const deed = keyDeed(key, state, nodes)
    if (deed?.kind !== 'call') throw new Error('expected a call')
    expect(keyDeed(key, afterCall(state, deed), nodes)).toMatchObject({ params: { on: true } })
  })

  it('forgets that a node was paused when it was restarted or killed', () => {
    const paused = { ...state, paused: new Set(['follower']) }
    for (const key of ['k', 'x']) {
      const deed = keyDeed(key, paused, nodes)
      if (deed?.kind !== 'call') throw new Error('expected a call')
      expect(afterCall(paused, deed).paused.size).toBe(0)
    }
  })

  it('goes round the nodes, takes a depth, quits, and ignores the rest', () => {
    expect(keyDeed('\t', state, nodes)).toEqual({ kind: 'select', node: 'sequencer' })
    expect(keyDeed('7', state, nodes)).toEqual({ kind: 'depth', depth: 7 })
    for (const key of ['q', '\u0003', '\u0004']) expect(keyDeed(key, state, nodes)).toEqual({ kind: 'quit' })
    for (const key of ['0', 'R', '\u001b[A', '']) expect(keyDeed(key, state, nodes)).toBeNull()
  })

  it('says what the keys do within 80 columns', () => {
    for (const line of keyLines) expect(line.length).toBeLessThan(80)
  })
})
