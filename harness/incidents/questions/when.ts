import { instantMs } from '../import/log-time.ts'

/** Larger numbers are Unix time. */
const secondsMax = 1e8

/**
 * A moment of a run as people say it: `end`, seconds or `1m30s` since the beginning, ISO 8601, or Unix time in seconds or
 * milliseconds. Null when it is none.
 */
export function parseWhen(text: string): ((fromMs: number) => number) | null {
  if (text === 'end') return () => Number.POSITIVE_INFINITY
  const [, hours, minutes, seconds] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text) ?? []
  if (
    hours !== undefined ||
    minutes !== undefined ||
    (seconds !== undefined && Number(seconds) < secondsMax)
  ) {
    const total = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)
    return (fromMs) => fromMs + total * 1000
  }
  const instant = instantMs(text, 0)
  return instant === null ? null : () => instant
}
