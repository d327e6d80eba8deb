import { defineCommand } from 'citty'
import { JsonRpcError, JsonRpcTransportError } from '../../node/json-rpc/errors.ts'
import { type ImportReport, importFiles } from '../incidents/import/import-files.ts'
import { ImportError } from '../incidents/import/read-log.ts'
import { RecordingError } from '../incidents/record/recording-error.ts'
import { createRedaction } from '../incidents/record/redact.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { namedValues, positive, webUrl } from './named-values.ts'
import { plainText } from './plain-text.ts'
import { followArguments, followsOf, patternOf, recordingArguments } from './recording-arguments.ts'
import { UsageError } from './usage-error.ts'

const importCommand = defineCommand({
  meta: {
    name: 'import',
    description:
      'Make a recording of what was kept when nobody was recording: logs of op-node, kona-node, geth, reth and ours, polls of optimism_syncStatus, Prometheus ranges, and L1 after the fact. `explain` and `report` read it. See docs/incidents.md.',
  },
  args: {
    log: {
      type: 'string',
      valueHint: 'NAME=FILE',
      description: 'The log of a node or an engine, gzip too; may stand more than once',
    },
    polls: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Files NAME.jsonl: on each line a time and the answer of optimism_syncStatus',
    },
    metrics: {
      type: 'string',
      valueHint: 'FILE',
      description: 'The answer of a Prometheus range query for heads; may stand more than once',
    },
    l1: { type: 'string', valueHint: 'URL', description: 'L1, asked for the blocks that the material names' },
    'l1-from': { type: 'string', valueHint: 'N', description: 'First L1 block, instead of the first named' },
    'l1-to': { type: 'string', valueHint: 'N', description: 'Last L1 block, instead of the last named' },
    date: {
      type: 'string',
      valueHint: 'YYYY-MM-DD',
      description:
        'Date of the first line, where lines say none. Default: from when the file was written last',
    },
    'utc-offset': {
      type: 'string',
      default: '+00:00',
      valueHint: '±HH:MM',
      description: 'Of times that say no zone',
    },
    ...followArguments,
    ...recordingArguments,
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
})

/** `lockstep import`. Exit code 0 when a recording was made, 1 when nothing could be made of the material. */
export async function importRecording(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(importCommand, argv)
  if (parsed.help) return 0
  const { args } = parsed
  const logs = namedValues('log', parsed.all('log')).map(({ name, value }) => ({ name, path: value }))
  const metricsPaths = parsed.all('metrics')
  if (logs.length === 0 && metricsPaths.length === 0 && args.polls === undefined)
    throw new UsageError('expected --log, --polls or --metrics: there is nothing to import')
  const stop = new AbortController()
  const end = () => stop.abort(new Error('stopped'))
  process.once('SIGINT', end).once('SIGTERM', end)
  try {
    const report = await importFiles({
      ...{ logs, metricsPaths, directory: args.out, pollsDirectory: args.polls ?? null },
      l1Url: args.l1 === undefined ? null : webUrl('--l1', args.l1),
      l1Range: rangeOf(args['l1-from'], args['l1-to']),
      follows: (names) => followsOf(names, parsed.all('follow')),
      bytesMax: positive('max-size', args['max-size']) * 1_000_000,
      redact: parsed.all('redact').map(patternOf),
      date: args.date === undefined ? null : dateOf(args.date),
      zoneMs: zoneOf(args['utc-offset']),
      l1BlockTime: positive('l1-block-time', args['l1-block-time']),
      l2BlockTime: positive('l2-block-time', args['l2-block-time']),
      signal: stop.signal,
    })
    process.stdout.write(args.json === true ? `${JSON.stringify(report)}\n` : plainText(importText(report)))
    return exitCode.passed
  } catch (error) {
    if (stop.signal.aborted) return exitCode.interrupted
    if (error instanceof JsonRpcError || error instanceof JsonRpcTransportError) {
      const redact = createRedaction([], args.l1 === undefined ? [] : [args.l1])
      process.stderr.write(`--l1 did not answer: ${redact(error.message)}\n`)
      return exitCode.failed
    }
    if (!(error instanceof ImportError || error instanceof RecordingError)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCode.failed
  }
}

function importText({ out, events, from, to, files, l1Blocks, orphans, notKnown }: ImportReport): string {
  const lines = files.flatMap(
    ({ node, file, programs, lines: count, facts, unreadable, unknown, ...one }) => [
      `${node}: ${file}: ${programs.join(' and ') || 'unknown program'}, ${count} lines, ${facts} facts${unreadable > 0 ? `, ${unreadable} unreadable` : ''}`,
      ...one.unreadableSamples.map((line) => `    unreadable: ${line}`),
      ...unknown.map(({ what, count: times }) => `    tells nothing: ${what} (${times})`),
    ],
  )
  return `${[
    ...lines,
    ...(l1Blocks > 0 ? [`L1: ${l1Blocks} blocks, ${orphans} orphans that nodes named`] : []),
    ...notKnown.map((text) => `not known: ${text}`),
    `${events} events of ${Math.round((to - from) / 1000)} s from ${new Date(from).toISOString()}`,
    `next: npx lockstep explain ${out}`,
  ].join('\n')}\n`
}

/** @throws UsageError. */
function rangeOf(from: string | undefined, to: string | undefined) {
  if (from === undefined && to === undefined) return null
  const [first, last] = [Number(from), Number(to)]
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first)
    throw new UsageError(
      `expected --l1-from N --l1-to M, N at most M, found ${from ?? 'none'} and ${to ?? 'none'}`,
    )
  return { from: first, to: last }
}

/** @throws UsageError. */
function dateOf(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(ms)) throw new UsageError(`--date: expected YYYY-MM-DD, found ${text}`)
  return ms
}

/** @throws UsageError. */
function zoneOf(text: string): number {
  const [, sign, hours = '', minutes = ''] = /^([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  if (sign === undefined) throw new UsageError(`--utc-offset: expected ±HH:MM, found ${text}`)
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
}
