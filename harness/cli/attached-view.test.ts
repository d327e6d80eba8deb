import { expect, it } from 'vitest'
import type { Fact } from '../events/event.ts'
import { createAttachedView } from './attached-view.ts'

const block = (number: number, digit = 'a') => ({ number, hash: `0x${digit.repeat(64)}` })

it('shows heads, peers, L1 and its last reorg, and who is away until he answers again', () => {
  const view = createAttachedView(['reference', 'follower'])
  const add = (fact: Fact) => view.add({ seq: 0, t: 0, ...fact })
  add({ kind: 'head', node: 'reference', level: 'unsafe', block: block(12) })
  add({ kind: 'head', node: 'reference', level: 'finalized', block: block(0, '0') })
  add({ kind: 'peer', node: 'reference', peer: '16Uiu2', connected: true })
  add({ kind: 'l1-block', block: block(7, 'b'), timestamp: 1, fork: 0 })
  add({ kind: 'l1-labels', safe: 4, finalized: 2 })
  add({ kind: 'l1-reorg', orphaned: [block(6), block(7)], replaced: [block(6, 'b')] })
  const away = (name: string) =>
    add({ kind: 'rpc', link: `recorder→${name}`, methods: [], outcome: 'unreachable', durationMs: 3 })
  away('follower')
  away('l1')
  expect(view.lines().map((line) => line.trimEnd())).toEqual([
    'L1 7:bbb (safe 4, finalized 2)  last reorg: 2 blocks from 6, now 1',
    'node       unsafe  localSafe  finalized  currentL1  peers',
    'reference  12:aaa  ?          -          ?          1',
    'follower   ?       ?          ?          ?          0      away: unreachable',
    'l1 is away: unreachable',
  ])
  for (const component of ['follower', 'l1']) add({ kind: 'gap', component, from: 0, reason: 'unreachable' })
  expect(view.lines().filter((line) => line.includes('away'))).toEqual([])
})
