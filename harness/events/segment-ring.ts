import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import type { WorldEvent } from './event.ts'
import { segmentPath } from './segments.ts'

/** A part of a timeline that is written no more, not yet compressed. */
export interface FinishedPart {
  readonly number: number
  readonly path: string
  readonly first: Pick<WorldEvent, 'seq' | 't'>
  readonly last: Pick<WorldEvent, 'seq' | 't'>
}

/**
 * Keeps the first part of a timeline, which says what ran, and the newest; what was between is gone, and a `gap` stands
 * where it was. Parts are compressed, one after the other, beside the run.
 * @param segmentsMax kept beside the first.
 */
export function createSegmentRing(timeline: string, segmentsMax: number) {
  const kept: FinishedPart[] = []
  let gap: { readonly from: number; readonly count: number; readonly number: number } | null = null
  let last: Promise<void> = Promise.resolve()

  async function compress({ number, path }: FinishedPart): Promise<void> {
    const segment = segmentPath(timeline, number)
    try {
      await pipeline(createReadStream(path), createGzip(), createWriteStream(`${segment}.next`))
      await rename(`${segment}.next`, segment)
      await rm(path)
    } catch {
      // Without room for both, it stays as it is: a reader takes either.
      await rm(`${segment}.next`, { force: true })
    }
  }

  /** The gap grows by the oldest part after the first. */
  async function drop({ number, path, first, last: end }: FinishedPart): Promise<void> {
    const before = gap
    gap = { from: before?.from ?? first.t, count: (before?.count ?? 0) + end.seq - first.seq + 1, number }
    const event: WorldEvent = {
      ...{ seq: end.seq, t: end.t, kind: 'gap', component: 'recorder', from: gap.from },
      reason: `the run is long: ${gap.count} events were dropped to keep the newest`,
    }
    const segment = segmentPath(timeline, number)
    await writeFile(`${segment}.next`, gzipSync(`${JSON.stringify(event)}\n`))
    await rename(`${segment}.next`, segment)
    await rm(path, { force: true })
    if (before !== null) await rm(segmentPath(timeline, before.number), { force: true })
  }

  return {
    /** Takes over a part, the oldest first. */
    add(part: FinishedPart): void {
      kept.push(part)
      last = last.then(async () => {
        await compress(part)
        const [, oldest] = kept
        if (kept.length <= segmentsMax + 1 || oldest === undefined) return
        kept.splice(1, 1)
        // What cannot be dropped on a disk without room is dropped from the list alone.
        await drop(oldest).catch(() => {})
      })
    },
    /** Resolves when all of it is done. */
    settled: (): Promise<void> => last,
  }
}
