import { describe, expect, it } from 'vitest'
import { createLogDating } from './log-dating.ts'
import { readLogTime } from './log-time.ts'

const at = (text: string) => Date.parse(text)

describe('the time of a log line', () => {
  it.each([
    ['t=2026-11-28T11:45:13+0000 lvl=info msg=x', '2026-11-28T11:45:13Z'],
    ['t=2026-11-28T11:45:13.250+0200 lvl=info msg=x', '2026-11-28T09:45:13.250Z'],
    ['{"t":"2026-11-28T11:45:13Z","lvl":"info"}', '2026-11-28T11:45:13Z'],
    ['{"time":1795866313,"level":"info"}', '2026-11-28T11:45:13Z'],
    ['{"ts":1795866313123,"level":"info"}', '2026-11-28T11:45:13.123Z'],
    ['2026-11-28T11:45:13.123456Z  INFO engine: x', '2026-11-28T11:45:13.123Z'],
    ['2026-11-28 11:45:13 INFO x', '2026-11-28T10:45:13Z'],
    ['time="2026-11-28T11:45:13.5Z" level=INFO target=x y', '2026-11-28T11:45:13.500Z'],
  ])('%s', (line, expected) =>
    expect(readLogTime(line, 3_600_000)).toEqual({ kind: 'instant', ms: at(expected) }),
  )

  it('is none in a line without one', () => {
    for (const line of ['', 'hello', '{"a":1}', 't=x lvl=info', '2026-99-99T99:99:99Z x'])
      expect(readLogTime(line, 0), line).toBeNull()
  })
})

describe('the dates of a log', () => {
  const modifiedMs = at('2026-11-30T00:30:00Z')
  const place = (lines: readonly string[], date: number | null) => {
    const dating = createLogDating({ date, modifiedMs })
    const times = lines.map((line) => dating.place(readLogTime(line, 0)!))
    return { times: times.map((t) => new Date(t + dating.shiftMs).toISOString()), assumed: dating.assumed }
  }
  const twoNights = [
    '23:59:58.000 INFO  a',
    '00:00:01.000 INFO  b',
    '00:00:00.900 INFO  late',
    '23:00:00.000 INFO  c',
    '00:10:00.000 INFO  d',
  ]

  it('counts midnights, and ends on the day of the last write', () =>
    expect(place(twoNights, null)).toEqual({
      times: [
        ...['2026-11-28T23:59:58.000Z', '2026-11-29T00:00:01.000Z', '2026-11-29T00:00:00.900Z'],
        ...['2026-11-29T23:00:00.000Z', '2026-11-30T00:10:00.000Z'],
      ],
      assumed: '2026-11-28',
    }))

  it('begins on the date that the user says', () =>
    expect(place(twoNights, at('2025-01-31T00:00:00Z')).times[3]).toBe('2025-02-01T23:00:00.000Z'))

  it('takes the year that is not in the future for geth', () =>
    expect(place(['INFO [12-31|23:59:59.000] a', 'INFO [11-29|01:00:00.000] b'], null).times).toEqual([
      '2025-12-31T23:59:59.000Z',
      '2026-11-29T01:00:00.000Z',
    ]))
})
