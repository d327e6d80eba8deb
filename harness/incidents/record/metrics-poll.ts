import type { Fact } from '../../events/event.ts'
import type { HttpGet } from './beacon-poll.ts'

/** What counts something that should not happen, by its name in any client; the rest moves all the time. */
const telling =
  /error|fail|reset|reorg|invalid|refus|reject|drop|panic|restart|timeout|retr(?:y|ies)|missing/i
/** The parts of a distribution say nothing that its count does not. */
const ofDistribution = /_(?:bucket|sum|created)$/
/** Prometheus's text format, without time stamps. */
const sample = /^([a-zA-Z_:][\w:]*(?:\{[^\n]{0,500}\})?) ([-+]?[\d.eE+-]+|NaN|[+-]Inf)(?: \d+)?$/
/** Changes that are written of one poll; the rest is counted. */
const changesMax = 30
const samplesMax = 5_000

/**
 * Counters of a node that say that something went wrong (errors, resets, reorgs, refusals), whenever they move. Throws when
 * there is no answer. Source: https://prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
 */
export function metricsPoll(
  name: string,
  get: HttpGet,
  record: (fact: Fact) => void,
): (signal: AbortSignal) => Promise<number> {
  const known = new Map<string, string>()
  let begun = false

  return async (signal) => {
    const { status, text } = await get('', signal)
    if (status !== 200) throw new Error(`HTTP ${status}`)
    const changes: string[] = []
    for (const line of text.split('\n')) {
      const [, series = '', value = ''] = sample.exec(line.trim()) ?? []
      const metric = series.split('{', 1)[0] ?? ''
      if (!telling.test(metric) || ofDistribution.test(metric)) continue
      const before = known.get(series)
      if (before === value || (before === undefined && known.size >= samplesMax)) continue
      known.set(series, value)
      // A series that is not there counts nothing yet.
      if (begun) changes.push(`${series} ${before ?? 0} → ${value}`)
    }
    begun = true
    for (const change of changes.slice(0, changesMax))
      record({ kind: 'note', component: name, message: `metric ${change}` })
    if (changes.length > changesMax)
      record({
        ...{ kind: 'note', component: name },
        message: `metrics: ${changes.length - changesMax} more changed`,
      })
    return 1
  }
}
