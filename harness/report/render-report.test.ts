import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { shipViewer } from './build-viewer.ts'
import { chromeTrace } from './chrome-trace.ts'
import { indexEvents, type RunIndex } from './model/run-index.ts'
import type { Change } from './model/track.ts'
import { packedBytes, packRun } from './pack-run.ts'
import { renderReport } from './render-report.ts'
import { longRun } from './testing/long-run.ts'
import { readReport } from './testing/read-report.ts'
import { recordedRun } from './testing/recorded-run.ts'

const viewer = { script: 'say("</script>")', style: 'a{}' }
const made: string[] = []
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
})

describe('renderReport', () => {
  it('lets no event and no name end a script, and runs only its own', () => {
    const run = { ...packRun(recordedRun('engine-hangs')), name: '</script><img src=x onerror=alert(1)>' }
    const html = renderReport({ viewer, runs: [run] })
    expect(html.match(/<\/script>/g)).toHaveLength(4)
    expect(html).not.toContain('<img')
    expect(html).toMatch(
      /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'none'/,
    )
    expect(html).not.toContain('unsafe-')
  })
})

/** An index without what is only computed when it is looked at. */
function plain(index: RunIndex) {
  const messages = index.messages.map(
    ({ seq, t, sent, from, to, link, group, method, outcome, ok, givesHeads, event }) => ({
      ...{ seq, t, sent, from, to, link, group, method, outcome, ok, givesHeads, event },
    }),
  )
  const tracks = <T>(map: ReadonlyMap<string, readonly Change<T>[]>) =>
    [...map].map(([name, track]) => [name, track.map(({ seq, t, value }) => ({ seq, t, value }))])
  const heads = [...index.heads].map(([node, levels]) => [
    node,
    [...levels].map(([level, track]) => [
      level,
      track.map(({ seq, t, value: { number, hash } }) => ({ seq, t, number, hash })),
    ]),
  ])
  const l1 = { blocks: [...index.l1.blocks], heads: index.l1.heads }
  const l2 = [...index.l2.blocks.values()].map(({ origin, ...block }) => ({ ...block, origin: origin?.hash }))
  return { ...index, messages, heads, l1, l2, told: tracks(index.told), updates: tracks(index.updates) }
}

describe('packRun', () => {
  it.each(['three-faults', 'engine-hangs', 'another-l1-fork', 'reorg-recovery', 'two-clients'] as const)(
    'gives the reader of %s all that its events give',
    (name) => {
      const events = recordedRun(name)
      const packed = packRun(events)
      const read = readReport(renderReport({ viewer, runs: [packed] }))
      expect(plain(read)).toEqual(plain(indexEvents(events)))
      expect(packed.omitted).toBeNull()
      expect(gunzipSync(packed.details).byteLength).toBe(packed.detailBytes)
    },
  )

  it('leaves out bodies first, and says so', () => {
    const events = recordedRun('engine-hangs')
    const whole = packedBytes(packRun(events))
    const packed = packRun(events, whole - 1_000)
    expect(packed.omitted).toBe('bodies of requests that went well')
    expect(packedBytes(packed)).toBeLessThan(whole)
    expect(packRun(events, 1).omitted).toContain('gossip that was accepted')
  })

  it('packs 100 000 events whole into a page below 3 MB', () => {
    const packed = packRun(longRun(100_000))
    expect(packed.omitted).toBeNull()
    expect(renderReport({ viewer, runs: [packed] }).length).toBeLessThan(2_900_000)
  })
})

describe('shipViewer', () => {
  it('writes the viewer that the package ships', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-viewer-'))
    made.push(directory)
    await shipViewer(join(directory, 'viewer.json'))
    const built = (await import(join(directory, 'viewer.json'), { with: { type: 'json' } })) as {
      default: { script: string; style: string }
    }
    expect(built.default.script.length).toBeGreaterThan(10_000)
    expect(built.default.style).toContain('--finalized')
  })
})

describe('chromeTrace', () => {
  it('has a lane for each link, and the fault with its time', () => {
    const trace = chromeTrace(indexEvents(recordedRun('engine-hangs'))) as {
      traceEvents: { ph: string; name: string; dur?: number; args?: { name?: string } }[]
    }
    const lanes = trace.traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args?.name)
    expect(lanes).toContain('follower→follower-el(engine)')
    const fault = trace.traceEvents.find(({ name }) => name.startsWith('hang to'))
    expect(fault?.dur).toBeGreaterThan(15_000_000)
  })
})
