import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { zeroL2BlockRef } from '../../../node/protocol/refs.ts'
import { syncStatusToJson } from '../../../node/protocol/sync-status-json.ts'
import { readTimeline } from '../../events/reader.ts'
import { type ImportFilesOptions, importFiles } from './import-files.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-import-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const hash = (digit: string) => `0x${digit.repeat(64)}` as const
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}
const run = (more: Partial<ImportFilesOptions>) =>
  importFiles({
    ...{ logs: [], pollsDirectory: null, metricsPaths: [], l1Url: null, l1Range: null },
    ...{ follows: () => ({}), directory: join(directory, 'out'), bytesMax: 1e8, redact: [], date: null },
    ...{ zoneMs: 0, l1BlockTime: 12, l2BlockTime: 2, signal: new AbortController().signal },
    ...more,
  })
const headLine = (second: number, number: number) =>
  `t=2026-11-28T11:45:${second}+0000 lvl=info msg="Inserted new L2 unsafe block" hash=${hash(String(number))} number=${number}`

describe('import of files', () => {
  it('counts what it does not know, shows little of it, and writes no secret', async () => {
    const secret = 't=2026-11-28T11:45:12+0000 lvl=warn msg="dial failed" err="http://u:hunter2@10.1.2.3/key"'
    const noise = Array.from({ length: 50 }, (_, index) => `noise ${index} password=hunter2`)
    const text = [
      headLine(13, 1),
      secret,
      't=2026-11-28T11:45:14+0000 lvl=info msg="Hello" a=1',
      ...noise,
      headLine(15, 2),
    ]
    const path = file('op-node.log.gz', gzipSync(text.join('\n')))
    const report = await run({ logs: [{ name: 'n', path }] })
    expect(report.files[0]).toMatchObject({
      ...{ lines: 54, facts: 2, unreadable: 50, programs: ['op-node'] },
      unknown: [
        { what: 'dial failed', count: 1 },
        { what: 'Hello', count: 1 },
      ],
    })
    expect(report.files[0]?.unreadableSamples).toHaveLength(5)
    const written = readFileSync(join(report.out, 'timeline.ndjson'), 'utf8')
    expect(written + JSON.stringify(report)).not.toMatch(/hunter2|10\.1\.2\.3/)
    const events = await readTimeline(join(report.out, 'timeline.ndjson'))
    expect(events.filter(({ kind }) => kind === 'head')).toHaveLength(2)
    expect(report.notKnown).toContainEqual(expect.stringContaining('localSafe'))
  })

  it('reads polls of every shape, each with its time, and only moves of heads', async () => {
    const ref = { ...zeroL2BlockRef, number: 4n, hash: hash('4'), l1Origin: { number: 1n, hash: hash('1') } }
    const l1 = { number: 2n, hash: hash('2'), parentHash: hash('1'), timestamp: 0n }
    const status = syncStatusToJson({
      ...{ currentL1: l1, currentL1Finalized: l1, headL1: l1, safeL1: l1, finalizedL1: l1, unsafeL2: ref },
      ...{ safeL2: ref, finalizedL2: ref, pendingSafeL2: ref, crossUnsafeL2: ref, localSafeL2: ref },
    })
    mkdirSync(join(directory, 'polls'))
    const lines = [
      { time: '2026-11-28T11:45:13Z', result: status },
      { t: 1_795_866_315_000, response: { jsonrpc: '2.0', id: 1, result: status } },
      { timestamp: 1_795_866_317, ...status },
      { time: 'yesterday', result: status },
      { time: '2026-11-28T11:45:19Z', result: { error: 'away' } },
    ]
    file('polls/node.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'))
    const report = await run({ pollsDirectory: join(directory, 'polls') })
    expect(report.files).toMatchObject([{ node: 'node', lines: 5, facts: 6, unreadable: 2 }])
  })

  it('cuts no text within a secret: what was in it would be seen in part', async () => {
    const url = 'http://user:hunter2@host.example.com/key'
    const text = [
      headLine(13, 1),
      `t=2026-11-28T11:45:14+0000 lvl=warn msg="${'.'.repeat(985)} ${url}"`,
      `t=2026-11-28T11:45:14+0000 lvl=info msg="${'.'.repeat(60)} ${url}"`,
      `${'.'.repeat(145)} ${url}`,
      `${'.'.repeat(145)} \u001b]0;title\u0007`,
    ]
    const report = await run({ logs: [{ name: 'n', path: file('op-node.log', text.join('\n')) }] })
    const written = readFileSync(join(report.out, 'timeline.ndjson'), 'utf8')
    expect(written + JSON.stringify(report)).not.toMatch(/user:|hunt|\\u001b/)
    expect(report.files[0]).toMatchObject({ lines: 5, unreadable: 2 })
  })

  it('keeps two nodes apart that metrics name by their addresses, which are not written', async () => {
    const series = (instance: string, value: string) => ({
      metric: { __name__: 'op_node_default_refs_number', layer: 'l2', type: 'l2_unsafe', instance },
      values: [[1_795_866_313, value]],
    })
    const result = [series('10.0.0.1:7300', '5'), series('10.0.0.2:7300', '9')]
    const path = file(
      'range.json',
      JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }),
    )
    const report = await run({ metricsPaths: [path] })
    const heads = (await readTimeline(join(report.out, 'timeline.ndjson'))).flatMap((event) =>
      event.kind === 'head' ? [[event.node, event.block.number]] : [],
    )
    expect(heads).toEqual([
      ['node-1', 5],
      ['node-2', 9],
    ])
  })

  it.each([
    ['of numbers that no block has', `number=${'9'.repeat(30)}`],
    ['of a number that JSON cannot hold', 'number=18446744073709551615'],
    ['of a negative number', 'number=-5'],
  ])('makes a recording that can be read of a log %s', async (_, told) => {
    const bad = headLine(14, 2).replace('number=2', told)
    const path = file('op-node.log', [headLine(13, 1), bad, headLine(15, 3)].join('\n'))
    const report = await run({ logs: [{ name: 'n', path }] })
    const events = await readTimeline(join(report.out, 'timeline.ndjson'))
    expect(events.flatMap((event) => (event.kind === 'head' ? [event.block.number] : []))).toEqual([1, 3])
  })

  it('ends when it is interrupted', async () => {
    const path = file('op-node.log', `${headLine(13, 1)}\n`)
    const signal = AbortSignal.abort(new Error('interrupted'))
    await expect(run({ logs: [{ name: 'n', path }], signal })).rejects.toThrow('interrupted')
  })

  it.each([
    ['cut off', gzipSync('x'.repeat(1000)).subarray(0, 20)],
    ['no gzip', Buffer.from('hello')],
  ])('names a compressed log that is %s', async (_, content) => {
    const path = file('op-node.log.gz', content)
    await expect(run({ logs: [{ name: 'n', path }] })).rejects.toThrow(/op-node\.log\.gz cannot be read/)
  })

  it('reads heads of a range of Prometheus, not the origins that have their names', async () => {
    const series = (metric: Record<string, string>) => ({
      metric,
      values: [
        [1_795_866_313, '5'],
        [1_795_866_328, '9'],
      ],
    })
    const result = [
      series({ __name__: 'op_node_default_refs_number', layer: 'l2', type: 'l2_unsafe', instance: 'a:7300' }),
      series({
        __name__: 'op_node_default_refs_number',
        layer: 'l1_origin',
        type: 'l2_unsafe',
        instance: 'a:7300',
      }),
      series({ __name__: 'kona_node_block_labels', label: 'local-safe', pod: 'b' }),
    ]
    const path = file(
      'range.json',
      JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }),
    )
    const report = await run({ metricsPaths: [path] })
    expect(report.files[0]).toMatchObject({
      facts: 4,
      unknown: [{ what: 'op_node_default_refs_number', count: 1 }],
    })
    const heads = (await readTimeline(join(report.out, 'timeline.ndjson'))).filter(
      ({ kind }) => kind === 'head',
    )
    expect(
      heads.map((head) => (head.kind === 'head' ? [head.node, head.level, head.block.number] : [])),
    ).toEqual([
      ...[
        ['a:7300', 'unsafe', 5],
        ['b', 'localSafe', 5],
        ['a:7300', 'unsafe', 9],
        ['b', 'localSafe', 9],
      ],
    ])
  })

  it.each([
    [
      'a file that is not there',
      { logs: [{ name: 'n', path: '/nowhere/x.log' }] },
      /x\.log: expected a file, found ENOENT/,
    ],
    ['a folder that is none', { pollsDirectory: '/nowhere' }, /--polls: expected a folder of NAME\.jsonl/],
  ])('says what is wrong with %s', async (_, options, message) => {
    await expect(run(options)).rejects.toThrow(message)
    expect(existsSync(join(directory, 'out'))).toBe(false)
  })

  it('makes no recording of what tells no head, and touches none that is there', async () => {
    const path = file('x.log', 'hello\n')
    await expect(run({ logs: [{ name: 'n', path }] })).rejects.toThrow(
      /expected a head .*1 lines, 1 unreadable/,
    )
    mkdirSync(join(directory, 'out'))
    file('out/timeline.ndjson', '')
    await expect(run({ logs: [{ name: 'n', path }] })).rejects.toThrow(/exists: name another --out/)
  })
})
