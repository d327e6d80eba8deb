import { describe, expect, it } from 'vitest'
import { createPinoLogger } from '../../node/adapters/logs/pino-logger.ts'
import { type LogLine, readLogLine } from './log-line.ts'

/** A line of this repository's programs. */
function ours(format: 'json' | 'text'): string {
  const lines: string[] = []
  const logger = createPinoLogger({ level: 'info', format, colour: true, write: (line) => lines.push(line) })
  logger.warn('safe and finalized stand still', { result: 'dropped_structure', reason: 'a "b" = c', lag: 3n })
  return lines.join('')
}
const fields = { result: 'dropped_structure', reason: 'a "b" = c', lag: '3' }

describe('readLogLine', () => {
  it.each<{ name: string; line: string; expected: Partial<LogLine> | null }>([
    {
      name: 'ours, as text',
      line: ours('text'),
      expected: { level: 'warn', message: 'safe and finalized stand still', fields },
    },
    {
      name: 'ours, as JSON',
      line: ours('json'),
      expected: { level: 'warn', message: 'safe and finalized stand still', fields },
    },
    {
      name: 'the batcher of the harness',
      line: '2026-11-28T00:40:06.396Z warn did not submit {"error":"no"}',
      expected: { level: 'warn', message: 'did not submit {"error":"no"}' },
    },
    {
      name: 'op-node, logfmt',
      line: 't=2026-11-28T00:40:06+0000 lvl=info msg="Received signed execution payload from p2p" id=0xab:5 peer=16Ui',
      expected: {
        level: 'info',
        message: 'Received signed execution payload from p2p',
        fields: { id: '0xab:5', peer: '16Ui' },
      },
    },
    {
      name: 'op-geth, terminal',
      line: 'WARN [11-28|00:40:06.396] Served engine_newPayloadV3               reqid=3 err="invalid payload"',
      expected: {
        level: 'warn',
        message: 'Served engine_newPayloadV3',
        fields: { reqid: '3', err: 'invalid payload' },
      },
    },
    {
      name: 'op-geth, an error, which has no room before its time',
      line: 'ERROR[11-28|00:40:06.396] Nil finalized block cannot evict old blobs',
      expected: { level: 'error', message: 'Nil finalized block cannot evict old blobs' },
    },
    {
      name: 'kona-node, logfmt',
      line: 'time="2026-11-28T00:40:06.396Z" level=WARN target=engine Received reset request err=oops',
      expected: { level: 'warn', message: 'engine: Received reset request', fields: { err: 'oops' } },
    },
    {
      name: 'kona-node, tracing with colours',
      line: '\u001b[2m2026-11-28T00:40:06.396Z\u001b[0m \u001b[31mERROR\u001b[0m engine: Critical error \u001b[3merror\u001b[0m=oops',
      expected: { level: 'error', message: 'engine: Critical error', fields: { error: 'oops' } },
    },
    {
      name: 'reth, JSON',
      line: '{"timestamp":"2026","level":"WARN","fields":{"message":"Long pause","ms":7},"target":"reth"}',
      expected: { level: 'warn', message: 'Long pause', fields: { ms: '7' } },
    },
    { name: 'anvil', line: 'eth_getBlockByNumber', expected: null },
    { name: 'a sentence that names a level', line: 'there was some error in it', expected: null },
    { name: 'an object without a level', line: '{"a":1}', expected: null },
    { name: 'half an object', line: '{"level":"warn"', expected: null },
    {
      name: 'a value whose quotes never close',
      line: '00:00:00.000 INFO  x a="b',
      expected: { message: 'x', fields: { a: '"b'.slice(1, -1) } },
    },
  ])('$name', ({ line, expected }) => {
    if (expected === null) expect(readLogLine(line)).toBeNull()
    else expect(readLogLine(line)).toMatchObject(expected)
  })

  it('takes a moment for a line that a peer made as long as it could', () => {
    const startMs = performance.now()
    for (const part of ['a="', 'a=b ', '   ', '\\"', '[', 'x='])
      readLogLine(`00:00:00.000 INFO  x ${part.repeat(64 * 1024)}`)
    expect(performance.now() - startMs).toBeLessThan(2_000)
  })
})
