import { useEffect } from 'preact/hooks'
import type { Moment } from '../model/moments.ts'
import { formatTime } from './format.ts'

const marks = { bad: '✗', deed: '▸', news: '●' }

/** The turning points of the run; n and p go to the next and the previous one. */
export function MomentsBar(props: {
  readonly moments: readonly Moment[]
  readonly cursor: number
  readonly from: number
  readonly onJump: (t: number) => void
}) {
  const { moments, cursor, from, onJump } = props
  const current = moments.findLastIndex(({ t }) => t <= cursor)
  const previous = moments.findLast(({ t }) => t < cursor)
  const next = moments.find(({ t }) => t > cursor)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const moment = event.key === 'n' ? next : event.key === 'p' ? previous : undefined
      if (moment !== undefined) onJump(moment.t)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [next, previous, onJump])
  return (
    <nav class="moments" aria-label="Turning points">
      <strong>{formatTime(cursor, from)}</strong>
      <button
        type="button"
        class="small"
        disabled={previous === undefined}
        onClick={() => previous && onJump(previous.t)}
      >
        ◂ previous <kbd>p</kbd>
      </button>
      <button
        type="button"
        class="small"
        disabled={next === undefined}
        onClick={() => next && onJump(next.t)}
      >
        next <kbd>n</kbd> ▸
      </button>
      <select
        aria-label="Jump to a turning point"
        value={current}
        onChange={(event) => {
          const moment = moments[Number(event.currentTarget.value)]
          if (moment !== undefined) onJump(moment.t)
        }}
      >
        <option value={-1}>before the first turning point</option>
        {moments.slice(0, 2_000).map(({ t, kind, text }, place) => (
          <option key={place} value={place}>
            {`${marks[kind]} ${formatTime(t, from, 1)}  ${text}`}
          </option>
        ))}
      </select>
      <span class="quiet keys">
        <kbd>←</kbd>
        <kbd>→</kbd> cursor · <kbd>+</kbd>
        <kbd>−</kbd> zoom · <kbd>⇧←</kbd>
        <kbd>⇧→</kbd> pan · <kbd>0</kbd> all
      </span>
    </nav>
  )
}
