import { defineCommand } from 'citty'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { ConfigError } from '../../node/config/config-error.ts'
import { parseDuration } from '../../node/config/durations.ts'
import type { Finding } from '../incidents/explain/finding.ts'
import { recordLive } from '../incidents/record/record-live.ts'
import { RecordingError } from '../incidents/record/recording-error.ts'
import { createStreamJudge } from '../incidents/watch/judge-stream.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { namedUrls, positive, webUrl } from './named-values.ts'
import { plainText } from './plain-text.ts'
import { followArguments, patternOf, recordingArguments } from './recording-arguments.ts'
import { createRecordingLines, nextLine } from './recording-lines.ts'
import { UsageError } from './usage-error.ts'

/** How often everything is judged. */
const judgeMs = 5_000

const watchCommand = defineCommand({
  meta: {
    name: 'watch',
    description:
      'Judge the invariants of follow mode on live nodes, read only, until Ctrl-C: heads in order, finalized final, origins canonical, nothing safe above the source, nobody left behind. Everything is recorded, so that `explain` can tell more.',
  },
  args: {
    follower: {
      type: 'string',
      required: true,
      valueHint: '[NAME=]URL',
      description: 'A consensus node that follows; may stand more than once',
    },
    source: {
      type: 'string',
      required: true,
      valueHint: '[NAME=]URL',
      description: 'The node that they follow',
    },
    el: { type: 'string', valueHint: 'NAME=URL', description: 'An engine; may stand more than once' },
    l1: { type: 'string', valueHint: 'URL', description: 'L1; without it no origin can be judged' },
    for: { type: 'string', valueHint: 'D', description: 'End by itself after so long, as 10m' },
    first: { type: 'boolean', description: 'End at the first violation' },
    redact: followArguments.redact,
    ...recordingArguments,
    json: {
      type: 'boolean',
      description: 'Print each violation, and at the end a summary, as one JSON line',
    },
  },
})

/** `lockstep watch`. Exit code 0 when nothing was violated, 1 when something was, 3 when no node told a head. */
export async function watch(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(watchCommand, argv)
  if (parsed.help) return 0
  const { args } = parsed
  const sources = endpoints('source', parsed.all('source'))
  const followers = endpoints('follower', parsed.all('follower'))
  const [source, another] = sources
  if (source === undefined || another !== undefined) throw new UsageError('--source: expected one node')
  const cls = [source, ...followers]
  if (new Set(cls.map(({ name }) => name)).size < cls.length)
    throw new UsageError(`expected different names, found ${cls.map(({ name }) => name).join(', ')}`)

  const stop = new AbortController()
  const end = () => stop.abort(new Error('stopped'))
  process.once('SIGINT', end).once('SIGTERM', end)
  const signals = [stop.signal]
  if (args.for !== undefined) signals.push(AbortSignal.timeout(durationOf(args.for)))
  const signal = AbortSignal.any(signals)
  const clock = createSystemClock()
  const judge = createStreamJudge()
  const violations: Finding[] = []
  const els = namedUrls('el', parsed.all('el'))
  const lines = createRecordingLines({
    ...{ nodes: cls.length, engines: els.length, hasL1: args.l1 !== undefined, directory: args.out, clock },
    isLive: args.json !== true && process.stderr.isTTY === true,
    write: (text) => process.stderr.write(text),
  })

  function tell(finding: Finding): void {
    violations.push(finding)
    lines.clear()
    const at = new Date(finding.t).toISOString()
    process.stdout.write(
      args.json === true
        ? `${JSON.stringify({ kind: 'violation', ...finding })}\n`
        : `${at}  ${plainText(`${finding.node}: ${finding.rule}: ${finding.what}`)}\n`,
    )
    if (args.first === true) end()
  }
  async function judgeOften(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(judgeMs, signal).catch(() => {})
      for (const finding of judge.judge(clock.nowMs())) tell(finding)
    }
  }

  try {
    const recording = recordLive({
      ...{ cls, els, logs: [], directory: args.out, signal },
      l1Url: args.l1 === undefined ? null : webUrl('--l1', args.l1),
      ...{ beaconUrl: null, metrics: [], redact: parsed.all('redact').map(patternOf) },
      follows: Object.fromEntries(followers.map(({ name }) => [name, source.name])),
      bytesMax: positive('max-size', args['max-size']) * 1_000_000,
      l1BlockTime: positive('l1-block-time', args['l1-block-time']),
      l2BlockTime: positive('l2-block-time', args['l2-block-time']),
      onEvent: (event) => judge.add(event),
      onBegin: lines.begin,
      onProgress: (progress) => lines.progress(progress, `${violations.length} violations`),
    })
    // What cannot be written ends the judging too.
    const ended = recording.finally(end)
    const [done] = await Promise.all([ended, judgeOften()])
    lines.end()
    const { seconds, events } = done
    const outcome = !judge.hasHeads ? 'inconclusive' : violations.length > 0 ? 'violated' : 'held'
    process.stdout.write(
      args.json === true
        ? `${JSON.stringify({ kind: 'end', outcome, out: args.out, violations: violations.length, seconds, events })}\n`
        : `${judge.hasHeads ? `${violations.length} violations` : 'no node told a head: nothing was judged'} in ${seconds} s, ${events} events\n${nextLine(args.out)}`,
    )
    if (!judge.hasHeads) return exitCode.inconclusive
    return violations.length > 0 ? exitCode.failed : exitCode.passed
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    if (!(error instanceof RecordingError)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCode.failed
  }
}

/** @throws UsageError. */
function durationOf(text: string): number {
  try {
    return parseDuration(text, '--for')
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}

/** `NAME=URL`, or a URL alone: the first is then called as its flag, the next ones with a number. */
function endpoints(flag: string, texts: readonly string[]) {
  return namedUrls(
    flag,
    texts.map((text, index) =>
      /^https?:\/\//.test(text) ? `${flag}${index === 0 ? '' : `-${index + 1}`}=${text}` : text,
    ),
  )
}
