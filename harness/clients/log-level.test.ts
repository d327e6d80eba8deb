import { expect, it } from 'vitest'
import { levelOfLine } from './log-level.ts'

it.each([
  ['02:02:30.784 INFO  node starts                      version=v0.1.0', 'info'],
  ['02:02:30.784 WARN  engine answers nothing           error="x"', 'warn'],
  ['t=2026-11-28T01:23:56+0000 lvl=info msg="Initializing rollup node"', 'info'],
  ['t=2026-11-28T01:23:56+0000 lvl=error msg="it was lvl=info"', 'error'],
  ['INFO [11-28|01:23:56.123] Starting Geth', 'info'],
  ['CRIT [11-28|01:23:56.123] out of memory', 'error'],
  ['2026-11-28T01:23:56.123456Z  WARN kona_engine: level=info', 'warn'],
  ['\u001b[2m2026-11-28T01:23:56Z\u001b[0m \u001b[31mERROR\u001b[0m reth::cli: gone', 'error'],
  ['{"level":"debug","time":"x","msg":"ERROR"}', 'debug'],
  ['2026-11-28T01:23:56.000Z error the batcher could not send', 'error'],
  ['    at start (main.ts:1:1)', null],
  ['', null],
  ['panic: runtime error: index out of range', null],
  ['Listening on 127.0.0.1:8545', null],
])('%s', (line, level) => {
  expect(levelOfLine(line)).toBe(level)
})
