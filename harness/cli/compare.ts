import { defineCommand } from 'citty'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { CompareError } from '../incidents/compare/block-source.ts'
import { compareNodes } from '../incidents/compare/compare.ts'
import { compareText } from '../incidents/compare/compare-text.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { webUrl } from './named-values.ts'
import { UsageError } from './usage-error.ts'

const timeoutMs = 5_000

const compareCommand = defineCommand({
  meta: {
    name: 'compare',
    description:
      'Compare a follower with its source once: the first block that differs, whose L1 origins are not on L1, and who is behind, in five lines. Read only.',
  },
  args: {
    follower: {
      type: 'string',
      required: true,
      valueHint: 'URL',
      description: 'RPC of the node that follows',
    },
    source: {
      type: 'string',
      required: true,
      valueHint: 'URL',
      description: 'RPC of the node that it follows',
    },
    l1: { type: 'string', required: true, valueHint: 'URL', description: 'L1' },
    'follower-el': {
      type: 'string',
      valueHint: 'URL',
      description: 'Its engine. Without it blocks are asked for by optimism_outputAtBlock',
    },
    'source-el': { type: 'string', valueHint: 'URL', description: 'Likewise' },
    'max-lag': {
      type: 'string',
      valueHint: 'N',
      description:
        'Exit code 1 when local-safe of the follower is further behind, in blocks. Default: not judged',
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
})

/** `lockstep compare`. Exit code 0 on one chain that stands on L1, 1 when not, 3 when somebody did not answer. */
export async function compare(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(compareCommand, argv)
  if (parsed.help) return 0
  const { args } = parsed
  const required = (name: 'follower' | 'source' | 'l1') =>
    createHttpRpcClient({ url: webUrl(`--${name}`, args[name]), timeoutMs })
  const optional = (name: 'follower-el' | 'source-el') => {
    const url = args[name]
    return url === undefined ? null : createHttpRpcClient({ url: webUrl(`--${name}`, url), timeoutMs })
  }
  const maxLag = args['max-lag'] === undefined ? null : Number(args['max-lag'])
  if (maxLag !== null && !(Number.isSafeInteger(maxLag) && maxLag >= 0))
    throw new UsageError(`--max-lag: expected a number of blocks, found ${args['max-lag']}`)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new Error('stopped')))
  try {
    const comparison = await compareNodes({
      ...{ follower: required('follower'), source: required('source'), l1: required('l1') },
      ...{ followerEl: optional('follower-el'), sourceEl: optional('source-el'), signal: stop.signal },
    })
    const { difference, offL1, follower, source } = comparison
    const lag = Number(source.localSafeL2.number - follower.localSafeL2.number)
    const isLagging = maxLag !== null && lag > maxLag
    process.stdout.write(
      args.json === true
        ? `${JSON.stringify({ ...comparison, lag, isLagging }, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))}\n`
        : compareText(comparison),
    )
    return difference !== null || offL1.length > 0 || isLagging ? exitCode.failed : exitCode.passed
  } catch (error) {
    if (stop.signal.aborted) return exitCode.interrupted
    if (!(error instanceof CompareError)) throw error
    process.stderr.write(`${error.message}\n`)
    return exitCode.inconclusive
  }
}
