import { describe, expect, it } from 'vitest'
import type { Logger } from '../../ports/logger.ts'
import { createPinoLogger, type PinoLoggerOptions } from './pino-logger.ts'

function logged(options: Partial<PinoLoggerOptions>, use: (logger: Logger) => void): string[] {
  const lines: string[] = []
  use(
    createPinoLogger({
      level: 'debug',
      format: 'json',
      colour: false,
      ...options,
      write: (line) => lines.push(line),
    }),
  )
  return lines
}

const json = (use: (logger: Logger) => void) =>
  logged({}, use).map((line) => JSON.parse(line) as Record<string, unknown>)
/** Without the time, which is the machine's. */
const text = (use: (logger: Logger) => void) =>
  logged({ format: 'text' }, use).map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''))

describe('pino logger, json', () => {
  it('writes one object per line with time, level, message and fields', () => {
    const [line] = json((logger) => logger.info('new head', { number: 12 }))
    expect(line).toEqual({ time: expect.any(String), level: 'info', msg: 'new head', number: 12 })
    expect(new Date(line?.['time'] as string).toISOString()).toBe(line?.['time'])
  })

  it.each([
    ['an exact bigint is a number', 5n, 5],
    ['a large bigint is a decimal string', 2n ** 64n - 1n, '18446744073709551615'],
    ['bytes are hex', new Uint8Array([1, 255]), '0x01ff'],
    ['null stays', null, null],
    ['not a number', Number.NaN, 'NaN'],
    ['nested', { a: [1n, { b: 2n }] }, { a: [1, { b: 2 }] }],
    [
      'a block reference',
      { number: 7n, hash: `0x${'ab'.repeat(32)}`, parentHash: '0x', timestamp: 1n },
      '7:0xabababab…',
    ],
    ['a map', new Map([['a', 1n]]), { a: 1 }],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['many items are cut', Array(60).fill(1), [...Array(50).fill(1), '… (60 items)']],
  ])('%s', (_, value, expected) => {
    const [line] = json((logger) => logger.warn('x', { value }))
    expect(line?.['value']).toEqual(expected)
  })

  it('renders errors with code and cause, and ends on a cycle', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'ECONNREFUSED' })
    const [line] = json((logger) => logger.error('failed', { error: new Error('outer', { cause }) }))
    expect(line?.['error']).toEqual({
      name: 'Error',
      message: 'outer',
      cause: { name: 'TypeError', message: 'inner', code: 'ECONNREFUSED' },
    })
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    expect(json((logger) => logger.info('x', { cycle }))).toHaveLength(1)
  })

  it.each(['secret', 'jwtSecret', 'privateKey', 'private_key', 'sequencerKey', 'Authorization'])(
    'never writes a field named %s',
    (name) => {
      const lines = logged({}, (logger) => logger.info('x', { [name]: 'hunter2', in: { [name]: 'hunter2' } }))
      expect(lines.join()).not.toContain('hunter2')
    },
  )

  it('keeps the level and adds the fields of a child', () => {
    const lines = logged({ level: 'warn' }, (logger) => {
      const child = logger.child({ actor: 'engine' })
      child.info('hidden')
      child.warn('shown', { n: 1 })
    })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] as string)).toMatchObject({ actor: 'engine', n: 1, msg: 'shown' })
  })
})

describe('pino logger, text', () => {
  it.each<[string, (logger: Logger) => void, string]>([
    ['a message alone', (l) => l.info('started'), 'INFO  started\n'],
    [
      'fields',
      (l) => l.warn('new head', { number: 5n, hash: '0xab' }),
      `WARN  ${'new head'.padEnd(32)} number=5 hash=0xab\n`,
    ],
    [
      'quoted values',
      (l) => l.info('x', { reason: 'two words', empty: '' }),
      `INFO  ${'x'.padEnd(32)} reason="two words" empty=""\n`,
    ],
    ['objects', (l) => l.info('x', { ref: { number: 1n } }), `INFO  ${'x'.padEnd(32)} ref={"number":1}\n`],
    [
      'errors with their causes',
      (l) => l.error('x', { error: new Error('a', { cause: new TypeError('b') }) }),
      `ERROR ${'x'.padEnd(32)} error="a ← TypeError: b"\n`,
    ],
    ['undefined is left out', (l) => l.info('x', { a: undefined }), 'INFO  x\n'],
    ['a forged second line', (l) => l.info('a\nINFO  forged'), 'INFO  a ⏎ INFO  forged\n'],
    ['a forged line in a value', (l) => l.info('x', { a: 'a\nb' }), `INFO  ${'x'.padEnd(32)} a="a\\nb"\n`],
  ])('%s', (_, use, expected) => {
    expect(text(use)).toEqual([expected])
  })
})

describe('setLevel', () => {
  it('counts from the next line on, also for children that were made before', () => {
    const lines: string[] = []
    const logger = createPinoLogger({ level: 'warn', format: 'json', write: (line) => lines.push(line) })
    const child = logger.child({ actor: 'engine' }).child({ task: 'seal' })
    const speak = () => {
      logger.debug('a')
      child.debug('b')
      child.warn('c')
    }
    speak()
    logger.setLevel('debug')
    speak()
    logger.setLevel('error')
    speak()
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['c', 'a', 'b', 'c'])
  })
})
