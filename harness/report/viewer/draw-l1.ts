import { type Drawing, firstVisible, hatch } from './drawing.ts'
import { xAt } from './lanes.ts'

/** L1: a box for each time that a block was the head, hatched when it is orphaned at the cursor; its labels below. */
export function drawL1({ context, index, view, cursor, lanes, palette }: Drawing): void {
  const { heads, blocks } = index.l1
  const top = lanes.l1.top + 14
  const orphaned = orphanedAt(index.reorgs, cursor)
  let drawn = Number.NEGATIVE_INFINITY
  for (let place = firstVisible(heads, view); place < heads.length; place++) {
    const head = heads[place]
    if (head === undefined || head.t > view.to) break
    const block = blocks.get(head.hash)
    const x1 = xAt(head.t, view, lanes.width)
    const x2 = xAt(heads[place + 1]?.t ?? index.to, view, lanes.width)
    // Blocks of one reorg come at once: the last of a pixel stands for all.
    if (block === undefined || x2 - drawn < 1) continue
    drawn = x2
    context.fillStyle = palette.l1
    context.globalAlpha = orphaned.has(head.hash) ? 0.08 : 0.22
    context.fillRect(x1 + 0.5, top, Math.max(x2 - x1 - 1, 1), 12)
    context.globalAlpha = 0.7
    if (orphaned.has(head.hash)) hatch(context, x1, x2, top, top + 12, palette.l1)
    context.globalAlpha = 1
    if (x2 - x1 > 8 + String(block.number).length * 7) {
      context.fillStyle = palette.text
      context.textAlign = 'left'
      context.fillText(
        `${block.number}${(block.fork ?? 0) === 0 ? '' : "'".repeat(Math.min(block.fork ?? 0, 3))}`,
        Math.max(x1, xAt(view.from, view, lanes.width)) + 4,
        top + 6.5,
      )
    }
  }
  drawLabels({ context, index, view, cursor, lanes, palette } as Drawing, top + 18)
}

function drawLabels({ context, index, view, lanes, palette }: Drawing, y: number): void {
  let free = Number.NEGATIVE_INFINITY
  context.textAlign = 'left'
  for (let place = firstVisible(index.labels, view); place < index.labels.length; place++) {
    const change = index.labels[place]
    if (change === undefined || change.t > view.to) break
    const x = Math.max(xAt(change.t, view, lanes.width), xAt(view.from, view, lanes.width))
    const text = `s${change.value.safe} f${change.value.finalized}`
    // Half a label says another number.
    if (x < free || x + 2 + context.measureText(text).width > lanes.width) continue
    context.fillStyle = palette.quiet
    context.fillText(text, x + 2, y)
    free = x + context.measureText(text).width + 6
  }
}

function orphanedAt(reorgs: Drawing['index']['reorgs'], t: number): ReadonlySet<string> {
  const orphaned = new Set<string>()
  for (const reorg of reorgs) {
    if (reorg.t > t) break
    for (const { hash } of reorg.orphaned) orphaned.add(hash)
    for (const { hash } of reorg.replaced) orphaned.delete(hash)
  }
  return orphaned
}
