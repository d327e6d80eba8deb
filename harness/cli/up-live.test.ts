import { describe, expect, it } from 'vitest'
import { createInstalledFaults } from '../control/installed-faults.ts'
import { createFakeWorld } from '../dsl/testing/fake-world.ts'
import { faults as vocabulary } from '../faults/vocabulary.ts'
import type { KeyState } from './up-keys.ts'
import { createHeard, liveLines } from './up-live.ts'

const keys: KeyState = {
  ...{ selected: 'follower', depth: 1, paused: new Set(), cut: new Set() },
  ...{ batcherOn: true, sequencerOn: true, producing: true },
}
const at = { seq: 1, t: 0 }

describe('the live view of lockstep up', () => {
  it('tells heads, peers, how the last poll ended, faults and the last reorg, within 80 columns', async () => {
    const world = createFakeWorld()
    const heard = createHeard()
    const faults = createInstalledFaults()
    world.controls.follower.set({ unsafe: 9_999, localSafe: 9_990, crossSafe: 9_990, finalized: 9_000 })
    for (const { status } of world.cls.values()) await status.observe()
    heard.add({ ...at, kind: 'peer', node: 'follower', peer: 'reference', connected: true })
    heard.add({ ...at, kind: 'reach', mark: 'dropped_not_canonical', node: 'follower' })
    heard.add({
      ...{ ...at, kind: 'l1-reorg', orphaned: [{ number: 7, hash: '0xa' }] },
      replaced: [
        { number: 7, hash: '0xb' },
        { number: 8, hash: '0xc' },
      ] as never,
    })
    faults.add(await world.points.get('follower→reference').install(vocabulary.slow(800)))
    world.points.hit('follower→reference')

    const lines = liveLines({
      ...{ world, heard, keys, faults, transfers: null, said: '', interactive: true },
    })
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80)
    const text = lines.join('\n')
    expect(text).toContain('last reorg: 1 block from 7, now 2')
    expect(text).toMatch(/>follower +9999:[\da-f]{3} +9990:[\da-f]{3} .* 1 +not canonical/)
    expect(text).toContain('fault 1 on follower→reference: slow(800 ms), 1 hit')
    await world.stop()
  })

  it('says of a node that is paused, cut off or stopped just that', async () => {
    const world = createFakeWorld()
    const heard = createHeard()
    heard.add({ ...at, kind: 'reach', mark: 'follow case 3', node: 'follower' })
    const row = (state: KeyState) =>
      liveLines({
        ...{ world, heard, keys: state, faults: createInstalledFaults(), transfers: null, said: '' },
        interactive: false,
      }).find((line) => line.includes('follower '))
    expect(row(keys)).toMatch(/case 3$/)
    expect(row({ ...keys, cut: new Set(['follower']) })).toMatch(/cut off$/)
    expect(row({ ...keys, paused: new Set(['follower']) })).toMatch(/paused$/)
    await world.cls.get('follower')?.lifecycle.stop()
    expect(row(keys)).toMatch(/stopped$/)
    await world.stop()
  })
})
