/** What a log line says of when it was written. */
export type LogTime =
  /** Unix time in milliseconds. */
  | { readonly kind: 'instant'; readonly ms: number }
  /** Milliseconds since midnight: our own text format says no date. */
  | { readonly kind: 'time-of-day'; readonly ms: number }
  /** geth's terminal format says no year; `month` counts from 1. */
  | { readonly kind: 'day-of-year'; readonly month: number; readonly day: number; readonly ms: number }

const jsonTime = /"(?:t|ts|time|timestamp)"\s*:\s*("[^"]{8,40}"|\d{9,19}(?:\.\d+)?)/
const logfmtTime = /^(?:t|ts|time)=("[^"]{8,40}"|\S{8,40})/
const isoTime = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\]?\s/
const gethTime = /^[A-Z]{4,5}\s*\[(\d\d)-(\d\d)\|(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?\]/
const timeOfDay = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?\s/

/** The time of a line in any of the formats of `readLogLine`; null when it has none. */
export function readLogTime(line: string, zoneMs: number): LogTime | null {
  if (line.startsWith('{')) return instant(jsonTime.exec(line)?.[1], zoneMs)
  const logfmt = logfmtTime.exec(line)
  if (logfmt !== null) return instant(logfmt[1], zoneMs)
  const iso = isoTime.exec(line)
  if (iso !== null) return instant(iso[1], zoneMs)
  const geth = gethTime.exec(line)
  if (geth !== null) {
    const [, month, day, ...time] = geth
    return { kind: 'day-of-year', month: Number(month), day: Number(day), ms: dayMs(time) - zoneMs }
  }
  const clock = timeOfDay.exec(line)
  return clock === null ? null : { kind: 'time-of-day', ms: dayMs(clock.slice(1)) - zoneMs }
}

/**
 * A point in time as tools write it: ISO 8601, or Unix time in seconds, milliseconds or nanoseconds. Without a zone it is
 * `zoneMs` ahead of UTC. Null when it is none.
 */
export function instantMs(value: unknown, zoneMs: number): number | null {
  const text = String(value ?? '').trim()
  if (/^\d{9,19}(?:\.\d+)?$/.test(text)) {
    const number = Number(text)
    if (number < 1e11) return Math.round(number * 1000)
    return number < 1e14 ? Math.round(number) : Math.round(number / (number < 1e17 ? 1e3 : 1e6))
  }
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  if (iso === null) return null
  const [, date, time, fraction = '0', zone] = iso
  const offset = zone === undefined || zone === 'Z' ? 'Z' : zone.replace(/(\d\d):?(\d\d)$/, '$1:$2')
  const ms = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  if (Number.isNaN(ms)) return null
  return zone === undefined ? ms - zoneMs : ms
}

function instant(text: string | undefined, zoneMs: number): LogTime | null {
  const ms = instantMs(text?.replaceAll('"', ''), zoneMs)
  return ms === null ? null : { kind: 'instant', ms }
}

function dayMs([hours, minutes, seconds, milliseconds]: readonly (string | undefined)[]): number {
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  return whole * 1000 + Number((milliseconds ?? '0').padEnd(3, '0'))
}
