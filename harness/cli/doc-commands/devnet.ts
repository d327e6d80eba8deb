import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { packageRoot } from '../../../node/adapters/files/package-root.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import { type ControlClient, createControlClient } from '../../control/control-client.ts'

/** The network that the pages take for granted: a devstack, and an engine that no node drives. */
export interface Devnet extends AsyncDisposable {
  readonly control: ControlClient
  /** The command with the devnet's addresses and files in place of the page's. */
  addressed(command: string): string
}

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [seconds: number, value: string])[]
}

/** What is used of `lockstep up --json`. */
interface Up {
  readonly control: { readonly url: string; readonly tokenPath: string }
  readonly l1: { readonly url: string; readonly beaconUrl: string }
  readonly nodes: readonly {
    readonly name: string
    readonly rpcUrl: string
    readonly metricsUrl: string
    readonly el: { readonly name: string; readonly rpcUrl: string }
  }[]
  readonly files: {
    readonly directory: string
    readonly genesis: string
    readonly rollup: string
    readonly jwt: string
  }
}

/** @throws Error when the devstack, or the engine, ends before it serves. */
export async function startDevnet(): Promise<Devnet> {
  await using opened = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-devnet-'))
  opened.defer(() => rmSync(directory, { recursive: true, force: true }))

  const devstack = start('up', '--json')
  opened.defer(() => end(devstack))
  const up = JSON.parse(await line(devstack, devstack.stdout, /^\{/)) as Up
  const engine = start(
    ...['el', '--genesis', up.files.genesis, '--authrpc.jwtsecret', up.files.jwt],
    ...['--authrpc.port', '0', '--http.port', '0', '--port', '0'],
  )
  opened.defer(() => end(engine))
  const authrpc = /\bauthrpc=(\S+)/
  const engineUrl = authrpc.exec(await line(engine, engine.stderr, authrpc))?.[1] ?? ''

  const kept = keepWhatOperatorsKeep(up, directory)
  opened.use(kept)
  const places = placesOf(up, directory, engineUrl)
  const onPage = new RegExp(Object.keys(places).map(literal).join('|'), 'g')
  const token = readFileSync(up.control.tokenPath, 'utf8').trim()
  const control = createControlClient({ url: up.control.url, token })
  const owned = opened.move()
  return {
    control,
    addressed: (command) => command.replace(onPage, (place) => places[place] ?? place),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** What the pages name, and what it is here. */
function placesOf(up: Up, directory: string, engineUrl: string): Readonly<Record<string, string>> {
  const node = (name: string) => {
    const found = up.nodes.find((one) => one.name === name)
    if (found === undefined) throw new Error(`the devstack has no ${name}`)
    return found
  }
  const log = (component: string) => join(up.files.directory, 'logs', `${component}.log`)
  return {
    'http://10.0.0.3:7300/metrics': node('follower').metricsUrl,
    'http://10.0.0.1:9545': node('sequencer').rpcUrl,
    'http://10.0.0.2:9545': node('reference').rpcUrl,
    'http://10.0.0.3:9545': node('follower').rpcUrl,
    'http://10.0.0.2:8545': node('reference').el.rpcUrl,
    'http://10.0.0.3:8545': node('follower').el.rpcUrl,
    'http://10.0.0.9:8545': up.l1.url,
    'http://10.0.0.9:5052': up.l1.beaconUrl,
    'http://127.0.0.1:8545': up.l1.url,
    'http://127.0.0.1:5052': up.l1.beaconUrl,
    'http://127.0.0.1:8551': engineUrl,
    'http://127.0.0.1:9545': node('reference').rpcUrl,
    '/var/log/op-node.log': log('follower'),
    'op-node-1.log.gz': log('reference'),
    'op-node-2.log': log('follower'),
    'geth.log': log('follower-el'),
    'statuses/': `${join(directory, 'statuses')}/`,
    'heads.json': join(directory, 'heads.json'),
    'rollup.json': up.files.rollup,
    'jwt.txt': up.files.jwt,
  }
}

/** A cron job that polls statuses, and a Prometheus that is asked for the range of its heads. */
function keepWhatOperatorsKeep(up: Up, directory: string): AsyncDisposable {
  mkdirSync(join(directory, 'statuses'))
  const stop = new AbortController()
  const series = new Map<string, Series>()
  const poll = async () => {
    const time = Date.now() / 1000
    for (const { name, rpcUrl, metricsUrl } of up.nodes) {
      const result = await createHttpRpcClient({ url: rpcUrl, timeoutMs: 2000 }).request(
        'optimism_syncStatus',
        [],
      )
      appendFileSync(
        join(directory, 'statuses', `${name}.jsonl`),
        `${JSON.stringify({ time: new Date(time * 1000).toISOString(), result })}\n`,
      )
      const text = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(2000) })).text()
      for (const [of, metric, value] of headsIn(text)) {
        const one = series.get(`${name} ${of}`) ?? { metric: { ...metric, node: name }, values: [] }
        series.set(`${name} ${of}`, { ...one, values: [...one.values, [time, value]] })
      }
    }
    const answer = { status: 'success', data: { resultType: 'matrix', result: [...series.values()] } }
    writeFileSync(join(directory, 'heads.json'), JSON.stringify(answer))
  }
  const done = (async () => {
    while (!stop.signal.aborted) {
      await poll().catch((error: unknown) => {
        if (!stop.signal.aborted) process.stderr.write(`devnet: a poll failed: ${String(error)}\n`)
      })
      await delay(1000, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}

/** Of Prometheus' text: which series, its labels, its value. */
function* headsIn(text: string): Iterable<readonly [string, Record<string, string>, string]> {
  for (const [, of = '', name = '', labels = '', value = ''] of text.matchAll(
    /^((\w*refs_number)\{(.*)\}) (\S+)$/gm,
  )) {
    const metric: Record<string, string> = { __name__: name }
    for (const [, label = '', is = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) metric[label] = is
    yield [of, metric, value]
  }
}

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(packageRoot, 'harness/cli/lockstep.mjs'), ...args], {
    cwd: packageRoot,
    // By the channel they notice when the walk is gone, however it went.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await ended
}

/** The first line of a stream that fits; what it says afterwards is thrown away. */
async function line(child: ChildProcess, stream: ChildProcess['stdout'], fits: RegExp): Promise<string> {
  if (stream === null) throw new Error('expected a pipe')
  let said = ''
  for (const other of [child.stdout, child.stderr])
    other?.on('data', (part: Buffer) => {
      if (said.length < 20_000) said += part
    })
  const found = new Promise<string>((resolve) => {
    createInterface({ input: stream }).on('line', (text) => {
      if (fits.test(text)) resolve(text)
    })
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.slice(2).join(' ')} ended with ${code}: ${said}`)
  })
  ended.catch(() => undefined)
  return await Promise.race([found, ended])
}

/** The expression that matches `text` and nothing else. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
