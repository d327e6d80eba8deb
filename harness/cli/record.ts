import { defineCommand } from 'citty'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { ConfigError } from '../../node/config/config-error.ts'
import { recordLive } from '../incidents/record/record-live.ts'
import { RecordingError } from '../incidents/record/recording-error.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { namedUrls, namedValues, positive, webUrl } from './named-values.ts'
import { followArguments, followsOf, patternOf, recordingArguments } from './recording-arguments.ts'
import { createRecordingLines, nextLine } from './recording-lines.ts'
import { UsageError } from './usage-error.ts'

const recordCommand = defineCommand({
  meta: {
    name: 'record',
    description:
      'Record a running network by its public endpoints, as an event stream that `explain` and `report` read. Read only. Ctrl-C ends it; the same command goes on where it ended. See docs/incidents.md.',
  },
  args: {
    cl: {
      type: 'string',
      required: true,
      valueHint: 'NAME=URL',
      description: 'A consensus node; may stand more than once',
    },
    el: {
      type: 'string',
      valueHint: 'NAME=URL',
      description: 'An execution engine; may stand more than once',
    },
    l1: {
      type: 'string',
      valueHint: 'URL',
      description: 'L1; without it nothing about L1 forks can be judged',
    },
    beacon: {
      type: 'string',
      valueHint: 'URL',
      description: 'Beacon API of L1: whether it serves and syncs',
    },
    metrics: {
      type: 'string',
      valueHint: 'NAME=URL',
      description:
        'Prometheus metrics of a node: counters of errors, resets and refusals when they move; may stand more than once',
    },
    log: {
      type: 'string',
      valueHint: 'NAME=FILE',
      description: 'A log that grows; may stand more than once',
    },
    minutes: { type: 'string', valueHint: 'M', description: 'End by itself after so long' },
    ...followArguments,
    ...recordingArguments,
    json: { type: 'boolean', description: 'Print one JSON object at the end' },
  },
})

/** `lockstep record`. Exit code 0 when it ended in order, 1 when the recording could not be written. */
export async function record(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(recordCommand, argv)
  if (parsed.help) return 0
  const { args } = parsed
  const cls = namedUrls('cl', parsed.all('cl'))
  const els = namedUrls('el', parsed.all('el'))
  const stop = new AbortController()
  const end = () => stop.abort(new Error('stopped'))
  process.once('SIGINT', end).once('SIGTERM', end)
  const signals = [stop.signal]
  if (args.minutes !== undefined)
    signals.push(AbortSignal.timeout(Math.round(positive('minutes', args.minutes) * 60_000)))
  const lines = createRecordingLines({
    ...{ nodes: cls.length, engines: els.length, hasL1: args.l1 !== undefined, directory: args.out },
    ...{ isLive: args.json !== true && process.stderr.isTTY === true, clock: createSystemClock() },
    write: (text) => process.stderr.write(text),
  })
  try {
    const done = await recordLive({
      ...{ cls, els, directory: args.out },
      l1Url: args.l1 === undefined ? null : webUrl('--l1', args.l1),
      beaconUrl: args.beacon === undefined ? null : webUrl('--beacon', args.beacon),
      metrics: namedUrls('metrics', parsed.all('metrics')),
      logs: namedValues('log', parsed.all('log')).map(({ name, value }) => ({ name, path: value })),
      follows: followsOf(
        cls.map(({ name }) => name),
        parsed.all('follow'),
      ),
      bytesMax: positive('max-size', args['max-size']) * 1_000_000,
      redact: parsed.all('redact').map(patternOf),
      l1BlockTime: positive('l1-block-time', args['l1-block-time']),
      l2BlockTime: positive('l2-block-time', args['l2-block-time']),
      signal: AbortSignal.any(signals),
      onBegin: lines.begin,
      onProgress: lines.progress,
    })
    lines.end()
    process.stdout.write(
      args.json === true
        ? `${JSON.stringify({ out: args.out, ...done })}\n`
        : `${done.events} events of ${done.seconds} s, ${(done.bytes / 1e6).toFixed(1)} MB\n${nextLine(args.out)}`,
    )
    return exitCode.passed
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    if (!(error instanceof RecordingError)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCode.failed
  }
}
