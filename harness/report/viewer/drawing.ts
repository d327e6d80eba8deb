import type { RunIndex } from '../model/run-index.ts'
import type { WorldState } from '../model/state-at.ts'
import { countUntil } from '../model/track.ts'
import type { Lanes } from './lanes.ts'
import type { Palette } from './palette.ts'
import type { TimeWindow } from './view-window.ts'

/** What is drawn, where, and how. */
export interface Drawing {
  readonly context: CanvasRenderingContext2D
  readonly index: RunIndex
  readonly state: WorldState
  readonly view: TimeWindow
  readonly cursor: number
  readonly lanes: Lanes
  readonly palette: Palette
}

export const font = '11px system-ui, sans-serif'

export function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
}

export function hatch(
  context: CanvasRenderingContext2D,
  x1: number,
  x2: number,
  top: number,
  bottom: number,
  style: string,
): void {
  if (x2 <= x1) return
  context.save()
  context.beginPath()
  context.rect(x1, top, x2 - x1, bottom - top)
  context.clip()
  context.strokeStyle = style
  context.lineWidth = 1
  context.beginPath()
  const height = bottom - top
  for (let x = Math.floor((x1 - height) / 9) * 9; x < x2; x += 9) {
    context.moveTo(x, bottom)
    context.lineTo(x + height, top)
  }
  context.stroke()
  context.restore()
}

/** The first change that is still seen at the left edge of the window. */
export function firstVisible(track: readonly { readonly t: number }[], view: TimeWindow): number {
  return Math.max(0, countUntil(track, view.from) - 1)
}
