import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Message } from '../model/message.ts'
import { momentsOf } from '../model/moments.ts'
import type { RunIndex } from '../model/run-index.ts'
import { stateAt } from '../model/state-at.ts'
import { verdictOf } from '../model/verdict.ts'
import { ChainPanel } from './chain-panel.tsx'
import { LogsPanel } from './logs-panel.tsx'
import { MessageDetails } from './message-details.tsx'
import { MessagesPanel } from './messages-panel.tsx'
import { MomentsBar } from './moments-bar.tsx'
import { Timeline } from './timeline.tsx'
import { VerdictPanel } from './verdict-panel.tsx'
import { readPlace, type TimeWindow, wholeRun, writePlace } from './view-window.ts'

export interface RunViewProps {
  readonly index: RunIndex
  readonly omitted: string | null
  /** What chooses between the runs of this file. */
  readonly runs: ComponentChildren
}

/** One run: the five questions, one cursor. */
export function RunView({ index, omitted, runs }: RunViewProps) {
  const verdict = useMemo(() => verdictOf(index), [index])
  const moments = useMemo(() => momentsOf(index), [index])
  const start = useMemo(() => readPlace(location.hash, index), [index])
  const [cursor, setCursor] = useState(start.cursor ?? verdict.atMs)
  const [view, setView] = useState<TimeWindow>(start.view ?? wholeRun(index))
  const [shown, show] = useState<Message | null>(null)
  const state = useMemo(() => stateAt(index, cursor), [index, cursor])

  const latest = useRef({ cursor, view })
  latest.current = { cursor, view }
  useEffect(() => {
    // Browsers allow few changes of the address in a short time.
    const timer = setTimeout(() => history.replaceState(null, '', writePlace(cursor, view, index)), 300)
    return () => clearTimeout(timer)
  }, [cursor, view, index])

  /** Moves the cursor, and the window with it when it would leave it. */
  const moveTo = useCallback(
    (t: number) => {
      const at = Math.min(Math.max(t, index.from), index.to)
      const { from, to } = latest.current.view
      setCursor(at)
      if (at < from || at > to) {
        const half = (to - from) / 2
        setView({ from: at - half, to: at + half })
      }
    },
    [index],
  )

  return (
    <div class="page">
      <VerdictPanel index={index} verdict={verdict} omitted={omitted} runs={runs} onJump={moveTo} />
      <section class="when" aria-label="When and where">
        <MomentsBar moments={moments} cursor={cursor} from={index.from} onJump={moveTo} />
        <Timeline
          index={index}
          state={state}
          view={view}
          cursor={cursor}
          onCursor={moveTo}
          onView={setView}
        />
      </section>
      <ChainPanel index={index} state={state} />
      <MessagesPanel index={index} cursor={cursor} onCursor={moveTo} onOpen={show} />
      <LogsPanel index={index} cursor={cursor} onCursor={moveTo} />
      {shown === null ? null : (
        <MessageDetails message={shown} from={index.from} onClose={() => show(null)} />
      )}
    </div>
  )
}
