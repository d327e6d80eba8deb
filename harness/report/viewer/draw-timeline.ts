import { differentClients } from '../model/clients.ts'
import type { Span } from '../model/run-index.ts'
import { drawL1 } from './draw-l1.ts'
import { drawNode, numbersIn } from './draw-node.ts'
import { type Drawing, font, hatch, line } from './drawing.ts'
import { gutter, type Lane, rowHeight, xAt } from './lanes.ts'

/** Draws what the window shows, and nothing else: what it costs depends on the pixels, not on the run. */
export function drawTimeline(drawing: Drawing): void {
  const { context, index, view, cursor, lanes, palette } = drawing
  const { width, height } = lanes
  context.font = font
  context.textBaseline = 'middle'
  context.fillStyle = palette.panel
  context.fillRect(0, 0, width, height)
  context.save()
  context.beginPath()
  context.rect(gutter, 0, width - gutter, height)
  context.clip()
  drawAxis(drawing)
  shadeFaults(drawing)
  drawSpans(drawing, index.steps, lanes.steps, 'step')
  drawSpans(drawing, index.waits, lanes.waits, 'wait')
  drawL1(drawing)
  const numbers = numbersIn(index, view)
  for (const lane of lanes.nodes) drawNode(drawing, lane, numbers)
  drawReorgs(drawing)
  const x = Math.round(xAt(cursor, view, width)) + 0.5
  context.strokeStyle = palette.text
  context.lineWidth = 1
  line(context, x, 0, x, height)
  context.fillStyle = palette.text
  context.beginPath()
  context.moveTo(x - 5, 0)
  context.lineTo(x + 5, 0)
  context.lineTo(x, 7)
  context.fill()
  context.restore()
  drawNames(drawing)
}

const stepsMs = [10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5, 36e5, 216e5]

function drawAxis({ context, index, view, lanes, palette }: Drawing): void {
  const pixels = lanes.width - gutter
  const wanted = ((view.to - view.from) / pixels) * 80
  const step = stepsMs.find((ms) => ms >= wanted) ?? 864e5
  context.textAlign = 'left'
  for (let t = Math.ceil((view.from - index.from) / step) * step; index.from + t <= view.to; t += step) {
    const x = Math.round(xAt(index.from + t, view, lanes.width)) + 0.5
    context.strokeStyle = palette.line
    context.lineWidth = 1
    line(context, x, 0, x, lanes.height)
    context.fillStyle = palette.quiet
    context.fillText(`${+(t / 1000).toFixed(2)} s`, x + 3, 8)
  }
}

/** Fault windows lie behind every lane, hatched; each has its name, and a tick for each hit, on a line of its own. */
function shadeFaults({ context, index, view, lanes, palette }: Drawing): void {
  let hatched = Number.NEGATIVE_INFINITY
  for (const fault of index.faults) {
    const ends = fault.to ?? index.to
    if (ends < view.from || fault.from > view.to) continue
    const [x1, x2] = [xAt(fault.from, view, lanes.width), xAt(ends, view, lanes.width)]
    const top = lanes.faults.top + Math.min(fault.depth, lanes.faults.height / rowHeight - 1) * rowHeight
    context.fillStyle = palette.fault
    context.globalAlpha = 0.07
    context.fillRect(x1, top, Math.max(x2 - x1, 2), lanes.height - top)
    context.globalAlpha = 0.28
    context.fillRect(x1, top + 1, Math.max(x2 - x1, 2), rowHeight - 2)
    // Windows that overlap are hatched once: the lines must not hide what happened in them.
    context.globalAlpha = 0.22
    hatch(
      context,
      Math.max(x1, gutter, hatched),
      Math.min(x2, lanes.width),
      lanes.l1.top,
      lanes.height,
      palette.fault,
    )
    hatched = Math.max(hatched, x2)
    context.globalAlpha = 1
    context.strokeStyle = palette.fault
    context.lineWidth = 1.5
    line(context, x1, top, x1, lanes.height)
    if (fault.to !== null) line(context, x2, top, x2, lanes.height)
    let drawn = Number.NEGATIVE_INFINITY
    context.fillStyle = palette.fault
    const hits = fault.hits
    for (let place = countHits(hits, view.from); place < hits.length; place++) {
      const t = hits[place] ?? 0
      if (t > view.to) break
      const x = Math.round(xAt(t, view, lanes.width))
      if (x - drawn >= 2) context.fillRect(x, top + rowHeight - 5, 1, 4)
      if (x - drawn >= 2) drawn = x
    }
    label(
      context,
      `⚡ ${fault.name} · ${fault.point} · ${hits.length} hits`,
      x1,
      x2,
      top + rowHeight / 2,
      palette.text,
    )
  }
}

function countHits(hits: readonly number[], t: number): number {
  let [low, high] = [0, hits.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((hits[middle] ?? 0) < t) low = middle + 1
    else high = middle
  }
  return low
}

function drawSpans(
  { context, index, view, lanes, palette }: Drawing,
  spans: readonly Span[],
  lane: Lane,
  kind: 'step' | 'wait',
): void {
  const rows = lane.height / rowHeight
  // Of spans narrower than a pixel one of a kind is enough.
  const drawn = new Set<string>()
  for (const { name, from, to, end, depth } of spans) {
    const ends = to ?? index.to
    if (ends < view.from || from > view.to || depth >= rows) continue
    const [x1, x2] = [xAt(from, view, lanes.width), xAt(ends, view, lanes.width)]
    const key = `${Math.round(x1)} ${Math.round(x2)} ${depth} ${end}`
    if (drawn.has(key)) continue
    drawn.add(key)
    const top = lane.top + depth * rowHeight
    const failed = end === 'failed'
    context.fillStyle = failed ? palette.bad : palette.accent
    context.globalAlpha = failed ? 0.3 : kind === 'step' ? 0.22 : 0.1
    context.fillRect(x1, top + 1, Math.max(x2 - x1, 1), rowHeight - 2)
    context.globalAlpha = 1
    context.strokeStyle = failed ? palette.bad : palette.accent
    context.lineWidth = failed ? 2 : 1
    context.setLineDash(kind === 'wait' ? [3, 2] : [])
    context.strokeRect(x1 + 0.5, top + 1.5, Math.max(x2 - x1 - 1, 1), rowHeight - 3)
    context.setLineDash([])
    label(context, failed ? `✗ ${name}` : name, x1, x2, top + rowHeight / 2, palette.text)
  }
}

/** An L1 reorg goes through every lane: what nodes do after it is an answer to it. */
function drawReorgs({ context, index, view, lanes, palette }: Drawing): void {
  for (const { t, orphaned } of index.reorgs) {
    if (t < view.from || t > view.to) continue
    const x = Math.round(xAt(t, view, lanes.width)) + 0.5
    context.strokeStyle = palette.reorg
    context.lineWidth = 1.5
    context.setLineDash([6, 3])
    line(context, x, lanes.l1.top, x, lanes.height)
    context.setLineDash([])
    const text = `↺ reorg −${orphaned.length}`
    const width = context.measureText(text).width + 6
    context.fillStyle = palette.reorg
    context.fillRect(x, lanes.l1.top, width, 13)
    context.fillStyle = palette.panel
    context.textAlign = 'left'
    context.fillText(text, x + 3, lanes.l1.top + 7)
  }
}

/** Names of the lanes, and what each node said at the cursor. */
function drawNames({ context, index, state, lanes, palette }: Drawing): void {
  context.fillStyle = palette.panel
  context.fillRect(0, 0, gutter, lanes.height)
  context.textAlign = 'left'
  const name = (text: string, y: number, style = palette.text) => {
    context.fillStyle = style
    context.fillText(text, 8, y)
  }
  if (lanes.faults.height > 0) name('faults', lanes.faults.top + rowHeight / 2, palette.quiet)
  if (lanes.steps.height > 0) name('steps', lanes.steps.top + rowHeight / 2, palette.quiet)
  if (lanes.waits.height > 0) name('waits', lanes.waits.top + rowHeight / 2, palette.quiet)
  context.font = `600 ${font}`
  name('L1', lanes.l1.top + 12)
  for (const { node, top } of lanes.nodes) name(node, top + 11)
  context.font = font
  const kinds = differentClients(index)
  if (kinds !== null) {
    context.textAlign = 'right'
    context.fillStyle = palette.quiet
    for (const { node, top } of lanes.nodes) context.fillText(kinds[node] ?? '', gutter - 6, top + 11)
    context.textAlign = 'left'
  }
  const { labels, l1Head } = state
  if (l1Head !== null)
    name(
      `head ${l1Head.number}${labels === null ? '' : ` · safe ${labels.safe} · fin ${labels.finalized}`}`,
      lanes.l1.top + 27,
      palette.quiet,
    )
  for (const { node, top } of lanes.nodes) {
    const heads = state.nodes.find((other) => other.node === node)?.heads
    const value = (level: 'unsafe' | 'localSafe' | 'crossSafe' | 'finalized' | 'currentL1') =>
      heads?.get(level)?.value.number ?? '?'
    let x = 8
    for (const [letter, level] of [
      ['U', 'unsafe'],
      ['L', 'localSafe'],
      ['F', 'finalized'],
    ] as const) {
      context.fillStyle = palette[level]
      context.fillText(letter, x, top + 26)
      context.fillStyle = palette.text
      const text = String(value(level))
      context.fillText(text, x + 10, top + 26)
      x += 17 + context.measureText(text).width
    }
    context.fillStyle = palette.quiet
    context.fillText(`L1 ${value('currentL1')}`, x, top + 26)
  }
  context.strokeStyle = palette.line
  context.lineWidth = 1
  line(context, gutter + 0.5, 0, gutter + 0.5, lanes.height)
  for (const { top } of [lanes.l1, ...lanes.nodes]) line(context, 0, top + 0.5, lanes.width, top + 0.5)
}

/** A text inside a span; left out where there is no room, and always within the window. */
function label(
  context: CanvasRenderingContext2D,
  text: string,
  x1: number,
  x2: number,
  y: number,
  style: string,
): void {
  const left = Math.max(x1, gutter) + 4
  const room = x2 - left - 2
  if (room < 14) return
  context.fillStyle = style
  context.textAlign = 'left'
  context.fillText(shorten(context, text, room), left, y)
}

function shorten(context: CanvasRenderingContext2D, text: string, room: number): string {
  const width = context.measureText(text).width
  if (width <= room) return text
  const letters = Math.floor((text.length * room) / width) - 1
  return letters < 2 ? '' : `${text.slice(0, letters)}…`
}
