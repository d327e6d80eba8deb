/** The part of the run that the lanes show, in Unix milliseconds. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/** Not less than this fits into the width of the lanes. */
const spanMsMin = 20

/** The whole run with a margin, so that nothing sticks to an edge. */
export function wholeRun({ from, to }: TimeWindow): TimeWindow {
  const margin = Math.max((to - from) * 0.01, 50)
  return { from: from - margin, to: to + margin }
}

/** Makes the window `factor` times as long; the time at `around` stays where it is. */
export function zoom(view: TimeWindow, around: number, factor: number, run: TimeWindow): TimeWindow {
  const span = view.to - view.from
  const whole = wholeRun(run)
  const next = Math.min(Math.max(span * factor, spanMsMin), whole.to - whole.from)
  const share = (around - view.from) / span
  return within({ from: around - share * next, to: around + (1 - share) * next }, whole)
}

export function pan(view: TimeWindow, ms: number, run: TimeWindow): TimeWindow {
  return within({ from: view.from + ms, to: view.to + ms }, wholeRun(run))
}

function within({ from, to }: TimeWindow, whole: TimeWindow): TimeWindow {
  const shift = Math.max(whole.from - from, 0) - Math.max(to - whole.to, 0)
  return { from: from + shift, to: to + shift }
}

/** Cursor and window as the fragment of an address; relative to the run, so that one can read them. */
export function writePlace(cursor: number, view: TimeWindow, run: TimeWindow): string {
  const relative = (t: number) => Math.round(t - run.from)
  return `#t=${relative(cursor)}&from=${relative(view.from)}&to=${relative(view.to)}`
}

export function readPlace(
  hash: string,
  run: TimeWindow,
): { readonly cursor: number | null; readonly view: TimeWindow | null } {
  const fields = new URLSearchParams(hash.slice(1))
  const read = (name: string) => {
    const text = fields.get(name)
    const value = Number(text)
    return text === null || text === '' || !Number.isFinite(value) ? null : run.from + value
  }
  const [t, from, to] = [read('t'), read('from'), read('to')]
  return {
    cursor: t === null ? null : Math.min(Math.max(t, run.from), run.to),
    view: from === null || to === null || to - from < spanMsMin ? null : { from, to },
  }
}
