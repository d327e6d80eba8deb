import { type BlockRef, isZeroHash } from '../model/chains.ts'
import type { RunIndex } from '../model/run-index.ts'
import type { Change } from '../model/track.ts'
import { type Drawing, firstVisible, hatch, line } from './drawing.ts'
import { type Lane, xAt } from './lanes.ts'
import type { TimeWindow } from './view-window.ts'

/** Lines differ in colour, in dashes and in their letter. */
const styles = [
  { level: 'finalized', letter: 'F', dash: [1, 3], width: 3 },
  { level: 'crossSafe', letter: 'X', dash: [6, 3, 1, 3], width: 1.5 },
  { level: 'localSafe', letter: 'L', dash: [5, 3], width: 1.75 },
  { level: 'unsafe', letter: 'U', dash: [], width: 1.75 },
] as const

const stripHeight = 12
const letterWidth = 13

/** The lowest and highest block numbers that any node has in the window: all lanes share the scale. */
export function numbersIn(index: RunIndex, view: TimeWindow): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const levels of index.heads.values())
    for (const { level } of styles) {
      const track = levels.get(level) ?? []
      for (let place = firstVisible(track, view); place < track.length; place++) {
        const change = track[place]
        if (change === undefined || change.t > view.to) break
        low = Math.min(low, change.value.number)
        high = Math.max(high, change.value.number)
      }
    }
  return [Math.min(low, high), Math.max(high, low === Number.POSITIVE_INFINITY ? 1 : low + 1)]
}

/** A node: its heads as lines over time, the blocks of `currentL1` as a strip below them. */
export function drawNode(
  drawing: Drawing,
  lane: Lane & { readonly node: string },
  numbers: readonly [number, number],
): void {
  const { index, context, palette, view, lanes } = drawing
  const levels = index.heads.get(lane.node)
  const [low, high] = numbers
  const [top, bottom] = [lane.top + 6, lane.top + lane.height - stripHeight - 4]
  const y = (number: number) => bottom - ((number - low) / (high - low)) * (bottom - top)
  drawAbsence(drawing, lane)
  const letters: { readonly y: number; readonly letter: string; readonly style: string }[] = []
  for (const { level, letter, dash, width } of styles) {
    const track = levels?.get(level)
    if (track === undefined || (level === 'crossSafe' && sameTrack(track, levels?.get('localSafe')))) continue
    context.strokeStyle = palette[level]
    context.lineWidth = width
    context.setLineDash([...dash])
    const last = staircase(drawing, track, y)
    context.setLineDash([])
    if (last !== null) letters.push({ y: y(last.number), letter, style: palette[level] })
    if (level === 'unsafe' || level === 'localSafe') drawHeadReorgs(drawing, track, y, palette[level])
  }
  context.textAlign = 'right'
  let used = Number.NEGATIVE_INFINITY
  for (const { y: at, letter, style } of letters.sort((a, b) => a.y - b.y)) {
    const place = Math.max(at, used + 10)
    used = place
    const row = Math.min(place, lane.top + lane.height - 6)
    // On a ground of its own: lines and hatching go through to the edge.
    context.fillStyle = palette.panel
    context.fillRect(lanes.width - letterWidth, row - 6, letterWidth, 12)
    context.fillStyle = style
    context.fillText(letter, lanes.width - 4, row)
  }
  drawStrip(drawing, levels?.get('currentL1') ?? [], lane.top + lane.height - stripHeight - 1)
  context.strokeStyle = palette.line
  line(context, xAt(view.from, view, lanes.width), lane.top + 0.5, lanes.width, lane.top + 0.5)
}

/** Draws one line, of which each column of pixels is touched a few times at most. Returns the last value. */
function staircase(
  { context, view, lanes, index }: Drawing,
  track: readonly Change<BlockRef>[],
  y: (number: number) => number,
): BlockRef | null {
  let last: BlockRef | null = null
  let column = Number.NEGATIVE_INFINITY
  let [lastX, lastY, columnLow, columnHigh] = [0, 0, 0, 0]
  /** What a column held beyond its first value, as one stroke up and down. */
  const leaveColumn = () => {
    if (columnLow === columnHigh) return
    context.lineTo(lastX, columnLow)
    context.lineTo(lastX, columnHigh)
    context.lineTo(lastX, lastY)
  }
  context.beginPath()
  for (let place = firstVisible(track, view); place < track.length; place++) {
    const change = track[place]
    if (change === undefined || change.t > view.to) break
    if (isZeroHash(change.value.hash)) continue
    const x = Math.max(xAt(change.t, view, lanes.width), xAt(view.from, view, lanes.width) - 2)
    const at = y(change.value.number)
    if (last !== null && Math.floor(x) === column) {
      columnLow = Math.min(columnLow, at)
      columnHigh = Math.max(columnHigh, at)
    } else {
      if (last === null) context.moveTo(x, at)
      else {
        leaveColumn()
        context.lineTo(x, lastY)
        context.lineTo(x, at)
      }
      column = Math.floor(x)
      columnLow = at
      columnHigh = at
    }
    last = change.value
    lastX = x
    lastY = at
  }
  leaveColumn()
  if (last !== null) context.lineTo(xAt(Math.min(index.to, view.to), view, lanes.width), lastY)
  context.stroke()
  return last
}

/** ▼ where a head went back, or became another block of the same number. */
function drawHeadReorgs(
  { context, view, lanes }: Drawing,
  track: readonly Change<BlockRef>[],
  y: (number: number) => number,
  style: string,
): void {
  context.fillStyle = style
  let drawn = Number.NEGATIVE_INFINITY
  for (let place = Math.max(1, firstVisible(track, view)); place < track.length; place++) {
    const [before, change] = [track[place - 1], track[place]]
    if (before === undefined || change === undefined || change.t > view.to) break
    const isReorg =
      change.value.number <= before.value.number &&
      !isZeroHash(change.value.hash) &&
      !isZeroHash(before.value.hash)
    if (!isReorg) continue
    const x = xAt(change.t, view, lanes.width)
    if (x - drawn < 4) continue
    drawn = x
    const at = y(change.value.number)
    context.beginPath()
    context.moveTo(x - 4, at - 7)
    context.lineTo(x + 4, at - 7)
    context.lineTo(x, at)
    context.fill()
  }
}

function drawStrip(
  { context, index, view, lanes, palette }: Drawing,
  track: readonly Change<BlockRef>[],
  top: number,
): void {
  let drawn = Number.NEGATIVE_INFINITY
  context.textAlign = 'left'
  for (let place = firstVisible(track, view); place < track.length; place++) {
    const change = track[place]
    if (change === undefined || change.t > view.to) break
    if (isZeroHash(change.value.hash)) continue
    const x1 = Math.max(xAt(change.t, view, lanes.width), xAt(view.from, view, lanes.width))
    const x2 = xAt(track[place + 1]?.t ?? index.to, view, lanes.width)
    if (x2 - drawn < 1) continue
    drawn = x2
    context.fillStyle = palette.l1
    context.globalAlpha = place % 2 === 0 ? 0.16 : 0.26
    context.fillRect(x1, top, Math.max(x2 - x1, 1), stripHeight - 1)
    context.globalAlpha = 1
    const text = x2 - x1 > 44 ? `L1 ${change.value.number}` : String(change.value.number)
    if (x2 - x1 > 6 + text.length * 6.5) {
      context.fillStyle = palette.quiet
      context.fillText(text, x1 + 3, top + 6)
    }
  }
}

/** Hatched while the node does not run. */
function drawAbsence(
  { context, index, view, lanes, palette }: Drawing,
  lane: Lane & { readonly node: string },
): void {
  const track = index.components.get(lane.node) ?? []
  let since: number | null = null
  const shade = (from: number, to: number) => {
    const [x1, x2] = [xAt(from, view, lanes.width), xAt(to, view, lanes.width)]
    context.globalAlpha = 0.5
    hatch(
      context,
      Math.max(x1, xAt(view.from, view, lanes.width)),
      Math.min(x2, lanes.width),
      lane.top,
      lane.top + lane.height,
      palette.quiet,
    )
    context.globalAlpha = 1
  }
  for (const { t, value } of track) {
    const runs = value.action === 'start' || value.action === 'ready' || value.action === 'resume'
    if (!runs && since === null && value.action !== 'stop') since = t
    if (runs && since !== null) {
      shade(since, t)
      since = null
    }
  }
  if (since !== null) shade(since, index.to)
}

function sameTrack(a: readonly Change<BlockRef>[], b: readonly Change<BlockRef>[] | undefined): boolean {
  return a.length === b?.length && a.every(({ value }, place) => value.hash === b[place]?.value.hash)
}
