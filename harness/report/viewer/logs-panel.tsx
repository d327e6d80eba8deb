import { useMemo, useState } from 'preact/hooks'
import type { LogLine, RunIndex } from '../model/run-index.ts'
import { placeAt } from '../model/track.ts'
import { formatCount, formatTime } from './format.ts'
import { VirtualList } from './virtual-list.tsx'

const marks = { error: '✗ error', warn: '! warn', info: 'info', debug: 'debug', note: 'note' }

/** What they logged. */
export function LogsPanel(props: {
  readonly index: RunIndex
  readonly cursor: number
  readonly onCursor: (t: number) => void
}) {
  const { index, cursor, onCursor } = props
  const [text, setText] = useState('')
  const [component, setComponent] = useState('')
  const [chosen, choose] = useState<number | null>(null)
  const components = useMemo(() => [...new Set(index.logs.map((line) => line.component))].sort(), [index])
  const lines = useMemo(() => matching(index.logs, component, text), [index, component, text])
  const current =
    chosen !== null && lines[chosen]?.t === cursor ? chosen : placeAt(lines, cursor, index.teardown)
  const open = lines[current]
  return (
    <section class="panel logs" aria-label="What they logged">
      <div class="bar">
        <h2>Logs</h2>
        <select
          aria-label="Component"
          value={component}
          onChange={(event) => setComponent(event.currentTarget.value)}
        >
          <option value="">all</option>
          {components.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Filter log lines"
          placeholder="filter"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <span class="quiet count">{formatCount(lines.length)}</span>
      </div>
      <VirtualList
        label="log lines"
        count={lines.length}
        rowHeight={34}
        current={current}
        empty={
          index.logs.length === 0
            ? 'Nobody logged a warning or an error. LOCKSTEP_EVENT_LOG_LEVEL=info keeps more.'
            : 'No line passes the filter.'
        }
        onChoose={(place) => {
          const line = lines[place]
          if (line === undefined) return
          choose(place)
          onCursor(line.t)
        }}
        row={(place) => {
          const line = lines[place]
          return line === undefined ? null : (
            <div class={`log ${line.level}`}>
              <span class="time">{formatTime(line.t, index.from)}</span> <b>{line.component}</b>{' '}
              <span class="level">{marks[line.level]}</span>
              <div class="line">{line.message}</div>
            </div>
          )
        }}
      />
      {open === undefined ? null : <p class="whole">{open.message}</p>}
    </section>
  )
}

function matching(lines: readonly LogLine[], component: string, text: string): readonly LogLine[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return lines.filter((line) => {
    if (component !== '' && line.component !== component) return false
    const haystack = `${line.component} ${line.level} ${line.message}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
