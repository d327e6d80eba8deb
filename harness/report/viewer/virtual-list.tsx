import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Browsers do not scroll further than some 33 million pixels; rows beyond are reached by the cursor. */
const heightMax = 16_000_000

export interface VirtualListProps {
  readonly label: string
  readonly count: number
  readonly rowHeight: number
  /** The row that belongs to the cursor; -1 is above the first. */
  readonly current: number
  readonly row: (place: number) => ComponentChildren
  /** Keys and clicks choose a row; `open` when it was clicked, or Enter pressed. */
  readonly onChoose: (place: number, open: boolean) => void
  readonly empty: string
}

/** A list of equal rows of which only those exist that can be seen. The current one is scrolled into sight. */
export function VirtualList(props: VirtualListProps) {
  const { label, count, rowHeight, current, row, onChoose, empty } = props
  const element = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(400)
  /** Set while this list itself moved the cursor: then it must not run away below the pointer. */
  const chose = useRef(false)
  useLayoutEffect(() => {
    const box = element.current
    if (box === null) return
    const observer = new ResizeObserver(() => setHeight(box.clientHeight))
    observer.observe(box)
    setHeight(box.clientHeight)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const box = element.current
    if (box === null || current < 0) return
    const y = current * rowHeight
    const visible = y >= box.scrollTop && y + rowHeight <= box.scrollTop + box.clientHeight
    if (!(chose.current && visible)) box.scrollTop = y - box.clientHeight / 2
    chose.current = false
    // Only when the cursor or the rows change, not when somebody scrolls.
  }, [current, count, rowHeight, height])
  const choose = (place: number, open: boolean) => {
    chose.current = true
    onChoose(place, open)
  }
  const first = Math.max(0, Math.floor(top / rowHeight) - 6)
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + 6)
  const rows: ComponentChildren[] = []
  for (let place = first; place < last; place++)
    rows.push(
      // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys, as a listbox has.
      <div
        key={place}
        id={`${label}-${place}`}
        role="option"
        tabIndex={-1}
        aria-selected={place === current}
        class={place === current ? 'row current' : 'row'}
        style={{ top: `${place * rowHeight}px`, height: `${rowHeight}px` }}
        onClick={() => choose(place, true)}
      >
        {row(place)}
      </div>,
    )
  return (
    <div
      ref={element}
      class="list"
      role="listbox"
      aria-label={label}
      aria-activedescendant={current >= first && current < last ? `${label}-${current}` : undefined}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={(event) => {
        const page = Math.max(1, Math.floor(height / rowHeight) - 1)
        const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page }
        const step = steps[event.key]
        if (event.key === 'Enter' && current >= 0) choose(current, true)
        else if (step !== undefined) choose(Math.min(Math.max(current + step, 0), count - 1), false)
        else return
        event.preventDefault()
      }}
    >
      <div class="rows" style={{ height: `${Math.min(count * rowHeight, heightMax)}px` }}>
        {rows}
      </div>
      {count === 0 ? <p class="quiet empty">{empty}</p> : null}
    </div>
  )
}
