import type { RunIndex } from '../model/run-index.ts'
import type { TimeWindow } from './view-window.ts'

/** The names of the lanes stand in this many pixels on the left. */
export const gutter = 168

export interface Lane {
  readonly top: number
  readonly height: number
}

/** Where everything is drawn; pixels from the top. */
export interface Lanes {
  readonly width: number
  readonly height: number
  readonly axis: Lane
  readonly faults: Lane
  readonly steps: Lane
  readonly waits: Lane
  readonly l1: Lane
  readonly nodes: readonly (Lane & { readonly node: string })[]
}

export const rowHeight = 15
const [faultRowsMax, stepRowsMax, waitRowsMax] = [4, 3, 3]
const nodeHeightMin = 46

/** Gives the nodes what height is left, but never less than they can be read in. */
export function layOutLanes(
  index: RunIndex,
  { width, height }: { readonly width: number; readonly height: number },
): Lanes {
  const rows = (spans: readonly { readonly depth: number }[], max: number) =>
    Math.min(max, Math.max(0, ...spans.map(({ depth }) => depth + 1)))
  let top = 0
  const take = (pixels: number): Lane => {
    const lane = { top, height: pixels }
    top += pixels
    return lane
  }
  const axis = take(16)
  const faults = take(rows(index.faults, faultRowsMax) * rowHeight)
  const steps = take(rows(index.steps, stepRowsMax) * rowHeight)
  const waits = take(rows(index.waits, waitRowsMax) * rowHeight)
  const l1 = take(38)
  const names = [...index.heads.keys()]
  const each = Math.max(nodeHeightMin, Math.floor((height - top - 2) / Math.max(1, names.length)))
  const nodes = names.map((node) => ({ node, ...take(each) }))
  return { width, height: Math.max(top, 80), axis, faults, steps, waits, l1, nodes }
}

export function xAt(t: number, view: TimeWindow, width: number): number {
  return gutter + ((t - view.from) / (view.to - view.from)) * (width - gutter)
}

export function timeAt(x: number, view: TimeWindow, width: number): number {
  return view.from + ((x - gutter) / (width - gutter)) * (view.to - view.from)
}
