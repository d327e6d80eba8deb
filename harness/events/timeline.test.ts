import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { TimelineEvent } from './event.ts'
import { followTimeline, readTimeline } from './reader.ts'
import { createTimeline } from './writer.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-timeline-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('timeline', () => {
  it('gives back what was recorded, in order, with times', async () => {
    const clock = createFakeClock(1_000)
    const path = join(directory, 'timeline.ndjson')
    const timeline = createTimeline(path, clock)
    const live: TimelineEvent[] = []
    timeline.subscribe((event) => live.push(event))
    timeline.record({ kind: 'step', step: 'cut gossip', action: 'start' })
    await clock.advance(250)
    timeline.record({ kind: 'step', step: 'cut gossip', action: 'end', durationMs: 250 })
    await timeline.close()
    timeline.record({ kind: 'note', component: 'x', message: 'too late' })
    const read = await readTimeline(path)
    expect(read).toEqual(live)
    expect(read.map(({ t, kind }) => [t, kind])).toEqual([
      [1_000, 'step'],
      [1_250, 'step'],
    ])
  })

  it('ignores the half line of a killed runner and names a line that is not an event', async () => {
    const path = join(directory, 'timeline.ndjson')
    writeFileSync(path, '{"t":1,"kind":"note","component":"a","message":"b"}\n{"t":2,"ki')
    expect(await readTimeline(path)).toHaveLength(1)
    appendFileSync(path, 'nd":"unheard-of"}\n')
    await expect(readTimeline(path)).rejects.toThrow(`${path}:2: expected a timeline event`)
  })

  it('refuses another version and names both', async () => {
    const path = join(directory, 'timeline.ndjson')
    writeFileSync(path, '{"t":1,"kind":"run","version":7}\n')
    await expect(readTimeline(path)).rejects.toThrow('expected a timeline of version 1, found version 7')
  })

  it('follows a file that grows, also when a line arrives in two pieces', async () => {
    const path = join(directory, 'timeline.ndjson')
    const follower = followTimeline(path)
    expect(await follower.read()).toEqual([])
    const line = '{"t":1,"kind":"note","component":"a","message":"ü"}\n'
    writeFileSync(path, line + line.slice(0, 10))
    expect(await follower.read()).toHaveLength(1)
    appendFileSync(path, line.slice(10))
    expect(await follower.read()).toEqual([{ t: 1, kind: 'note', component: 'a', message: 'ü' }])
    expect(await follower.read()).toEqual([])
  })
})
