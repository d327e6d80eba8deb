import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { shortBlock } from '../model/message.ts'
import type { RunIndex } from '../model/run-index.ts'
import type { WorldState } from '../model/state-at.ts'
import { drawTimeline } from './draw-timeline.ts'
import { formatTime } from './format.ts'
import { gutter, layOutLanes, timeAt } from './lanes.ts'
import { paletteOf } from './palette.ts'
import { pan, type TimeWindow, wholeRun, zoom } from './view-window.ts'

/** Lanes over time: L1, each node, faults, steps and waits. */
export function Timeline(props: {
  readonly index: RunIndex
  readonly state: WorldState
  readonly view: TimeWindow
  readonly cursor: number
  readonly onCursor: (t: number) => void
  readonly onView: (view: TimeWindow) => void
}) {
  const { index, state, view, cursor, onCursor, onView } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [scheme, setScheme] = useState(0)
  const drag = useRef<{ readonly x: number; readonly view: TimeWindow; moved: boolean } | null>(null)

  useLayoutEffect(() => {
    const box = canvas.current?.parentElement
    if (box === null || box === undefined) return
    // The observer calls at once, too: an equal size draws nothing anew.
    const measure = () =>
      setSize((known) => {
        const { clientWidth: width, clientHeight: height } = box
        return known.width === width && known.height === height ? known : { width, height }
      })
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    measure()
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const onChange = () => setScheme((count) => count + 1)
    query.addEventListener('change', onChange)
    return () => query.removeEventListener('change', onChange)
  }, [])

  const lanes = useMemo(() => layOutLanes(index, size), [index, size])
  const palette = useMemo(() => paletteOf(document.documentElement), [scheme])

  useLayoutEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (element === null || context === null || context === undefined || size.width === 0) return
    const ratio = devicePixelRatio || 1
    const [width, height] = [Math.round(size.width * ratio), Math.round(lanes.height * ratio)]
    if (element.width !== width) element.width = width
    if (element.height !== height) element.height = height
    element.style.width = `${size.width}px`
    element.style.height = `${lanes.height}px`
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    drawTimeline({ context, index, state, view, cursor, lanes, palette })
  }, [index, state, view, cursor, lanes, palette, size])

  // A listener of the element itself: the framework's would be passive, and the page would scroll too.
  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    const onWheel = (event: WheelEvent) => {
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
      if (!sideways && !event.ctrlKey && document.activeElement !== element) return
      event.preventDefault()
      const perPixel = (view.to - view.from) / (size.width - gutter)
      if (sideways) onView(pan(view, (event.deltaX || event.deltaY) * perPixel, index))
      else onView(zoom(view, timeAt(event.offsetX, view, size.width), 1.2 ** (event.deltaY / 100), index))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [view, size, index, onView])

  const onKeyDown = (event: KeyboardEvent) => {
    const step = (view.to - view.from) / 100
    const keys: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? onView(pan(view, -10 * step, index)) : onCursor(cursor - step)),
      ArrowRight: () => (event.shiftKey ? onView(pan(view, 10 * step, index)) : onCursor(cursor + step)),
      PageUp: () => onCursor(cursor - 10 * step),
      PageDown: () => onCursor(cursor + 10 * step),
      Home: () => onCursor(index.from),
      End: () => onCursor(index.to),
      '+': () => onView(zoom(view, cursor, 1 / 1.5, index)),
      '=': () => onView(zoom(view, cursor, 1 / 1.5, index)),
      '-': () => onView(zoom(view, cursor, 1.5, index)),
      '0': () => onView(wholeRun(index)),
    }
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  return (
    <div class="lanes">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="slider"
        aria-label="Time"
        aria-valuemin={0}
        aria-valuemax={Math.round(index.to - index.from)}
        aria-valuenow={Math.round(cursor - index.from)}
        aria-valuetext={describe(state, index)}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = { x: event.offsetX, view, moved: false }
        }}
        onPointerMove={(event) => {
          const start = drag.current
          if (start === null) return
          const pixels = event.offsetX - start.x
          if (Math.abs(pixels) > 4) start.moved = true
          const perPixel = (start.view.to - start.view.from) / (size.width - gutter)
          if (start.moved) onView(pan(start.view, -pixels * perPixel, index))
        }}
        onPointerUp={(event) => {
          const start = drag.current
          drag.current = null
          if (start !== null && !start.moved)
            onCursor(timeAt(Math.max(event.offsetX, gutter), view, size.width))
        }}
        onDblClick={() => onView(wholeRun(index))}
      />
    </div>
  )
}

function describe(state: WorldState, index: RunIndex): string {
  const heads = state.nodes.map(
    ({ node, heads }) =>
      `${node} ${[...heads].map(([level, { value }]) => `${level} ${shortBlock(value)}`).join(' ')}`,
  )
  return [formatTime(state.t, index.from), ...heads].join('; ')
}
