import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { recordEndpoints } from '../harness/incidents/record/recorder.ts'
import { openRecordingFile } from '../harness/incidents/record/recording-file.ts'
import { createRedaction, redactFact } from '../harness/incidents/record/redact.ts'
import { seededRandom } from '../harness/seeded-random.ts'
import { createVirtualClock } from '../harness/world/sim/virtual-clock.ts'
import { type JsonRpcClient, requestEach } from '../node/json-rpc/client.ts'
import { JsonRpcError, JsonRpcTransportError } from '../node/json-rpc/errors.ts'
import type { Clock } from '../node/ports/clock.ts'

/** Of the default devstack, in seconds. */
const [l1BlockTime, l2BlockTime] = [2, 1]
const names = ['sequencer', 'reference', 'follower']
const hours = Number(process.env['LOCKSTEP_BENCH_HOURS'] ?? '1')
/** An empty folder: the recording is left there. */
const kept = process.env['LOCKSTEP_BENCH_KEEP']

/** The newest blocks are told by everybody, again and again: theirs are not computed each time. */
const hashesMax = 10_000
const hashes = new Map<string, string>()

function hash(layer: string, number: number): string {
  const name = `${layer} ${number}`
  const known = hashes.get(name)
  if (known !== undefined) return known
  if (hashes.size >= hashesMax) hashes.clear()
  const made = `0x${createHash('sha256').update(name).digest('hex')}`
  hashes.set(name, made)
  return made
}

/**
 * Records a healthy devstack for some hours of virtual time (`LOCKSTEP_BENCH_HOURS`, 1 by default) through the real
 * recorder, and explains the recording in a process of its own. Its endpoints are as public ones are: each answer takes
 * its time, one of some hundreds fails, and now and then one limits the rate. `LOCKSTEP_BENCH_KEEP` names a folder that
 * keeps the recording.
 */
export async function measureRecording() {
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'lockstep-bench-recording-'))
  try {
    const path = join(directory, 'timeline.ndjson')
    const { sealedMegabytes, ...recorded } = await record(path)
    const explained = explain(directory)
    const perDay = 24 / hours
    return {
      ...{ hours, ...recorded, ...explained },
      day: {
        // The part that is not sealed yet is longer than a segment that is.
        megabytes: Math.round(sealedMegabytes * perDay),
        events: Math.round(recorded.events * perDay),
      },
    }
  } finally {
    if (kept === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

async function record(path: string) {
  const startMs = 1_800_000_000_000
  const clock = createVirtualClock({ startMs })
  const nowS = () => Math.floor((clock.nowMs() - startMs) / 1000)
  const redact = createRedaction([])
  const file = openRecordingFile({ path, bytesMax: 1e12, nowMs: () => clock.nowMs() })
  const stop = new AbortController()
  const began = performance.now()
  const used = process.cpuUsage()
  const done = recordEndpoints({
    ...{ runId: 'bench', l1BlockTime, l2BlockTime, clock, signal: stop.signal },
    cls: names.map((name, index) => ({
      name,
      rpc: unkind(
        clock,
        name,
        node(() => nowS() - index / 10),
      ),
    })),
    els: names.map((name) => ({ name: `${name}-el`, rpc: unkind(clock, `${name}-el`, engine(nowS)) })),
    l1: { rpc: unkind(clock, 'l1', l1(nowS)) },
    follows: { follower: 'reference', sequencer: 'reference' },
    record: (fact) => file.record(redactFact(fact, redact)),
  })
  const ended = clock.sleep(hours * 3_600_000).then(() => {
    stop.abort(new Error('recorded'))
    return done
  })
  await clock.runUntil(ended)
  await ended
  file.close()
  const { user, system } = process.cpuUsage(used)
  const tail = readFileSync(path)
  return {
    ...{ events: file.events, megabytes: Math.round(file.bytes / 1e5) / 10 },
    sealedMegabytes: (file.bytes - tail.byteLength + gzipSync(tail).byteLength) / 1e6,
    recordedInSeconds: Math.round((performance.now() - began) / 1000),
    recordedWithCpuSeconds: Math.round((user + system) / 1e6),
  }
}

/** As `lockstep explain` does it; the memory is what the system counted. */
function explain(directory: string) {
  const began = performance.now()
  const main = fileURLToPath(new URL('../harness/cli/main.ts', import.meta.url))
  // On a machine that does other things the time that passes says little: the processor's is told too.
  const tellUsage = `process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    process.stderr.write(JSON.stringify({ maxRSS, cpu: userCPUTime + systemCPUTime }))
  })`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(tellUsage)}`,
      main,
      'explain',
      directory,
      '--json',
    ],
    { encoding: 'utf8', maxBuffer: 1e8 },
  )
  if (status !== 0) throw new Error(`explain ended with ${status}: ${stderr.slice(-500)}`)
  const { class: found, findings } = JSON.parse(stdout) as { class: unknown; findings: readonly unknown[] }
  const usage = JSON.parse(/\{[^{}]*\}$/.exec(stderr)?.[0] ?? '{}') as { maxRSS: number; cpu: number }
  return {
    explainedInSeconds: Math.round((performance.now() - began) / 100) / 10,
    explainedWithCpuSeconds: Math.round(usage.cpu / 1e5) / 10,
    explainedWithMiB: Math.round(usage.maxRSS / 1024),
    ...{ class: found, findings: findings.length },
  }
}

const l2Ref = (number: number) => ({
  ...{ hash: hash('l2', number), number, parentHash: hash('l2', number - 1), timestamp: number },
  ...{
    l1origin: { hash: hash('l1', Math.floor(number / 2)), number: Math.floor(number / 2) },
    sequenceNumber: number % 2,
  },
})
const l1Ref = (number: number) => ({
  ...{
    hash: hash('l1', number),
    number,
    parentHash: hash('l1', number - 1),
    timestamp: number * l1BlockTime,
  },
})
const quantity = (number: number) => `0x${number.toString(16)}`
const header = (layer: string, number: number) => ({
  ...{ number: quantity(number), hash: hash(layer, number), parentHash: hash(layer, number - 1) },
  timestamp: quantity(number),
})

/** A safe head every L1 block, a finalized one every eight. */
const safeAt = (seconds: number) => Math.max(0, Math.floor(seconds / 2) * 2 - 6)
const finalizedAt = (seconds: number) => Math.max(0, Math.floor(seconds / 16) * 16 - 24)

function node(nowS: () => number) {
  return client((method) => {
    const seconds = Math.max(0, Math.floor(nowS()))
    if (method === 'optimism_version') return 'bench'
    if (method !== 'optimism_syncStatus') throw new JsonRpcError(-32601, 'no such method')
    const at = Math.floor(seconds / l1BlockTime)
    const [head, safe, final] = [l1Ref(at), l2Ref(safeAt(seconds)), l2Ref(finalizedAt(seconds))]
    return {
      ...{ current_l1: head, head_l1: head, safe_l1: head, finalized_l1: l1Ref(Math.max(0, at - 12)) },
      ...{ unsafe_l2: l2Ref(seconds), safe_l2: safe, local_safe_l2: safe, finalized_l2: final },
    }
  })
}

function engine(nowS: () => number) {
  return client((method, [label]) => {
    if (method === 'eth_syncing') return false
    if (method === 'net_peerCount') return '0x2'
    const seconds = nowS()
    const number = label === 'latest' ? seconds : label === 'safe' ? safeAt(seconds) : finalizedAt(seconds)
    return header('l2', number)
  })
}

function l1(nowS: () => number) {
  return client((_method, [label]) => {
    const at = Math.floor(nowS() / l1BlockTime)
    if (typeof label === 'string' && label.length === 66) return header('l1', at - 1)
    return header('l1', label === 'latest' ? at : Math.max(0, at - (label === 'safe' ? 4 : 12)))
  })
}

type Answering = Pick<JsonRpcClient, 'request' | 'requestAll'>

function client(answer: (method: string, params: readonly unknown[]) => unknown): Answering {
  const request: JsonRpcClient['request'] = async (method, params) => answer(method, params)
  const requestAll: JsonRpcClient['requestAll'] = (all, signal) => requestEach(request, all, signal)
  return { request, requestAll }
}

/** How often, of all exchanges, and how long in milliseconds. */
const unkindness = {
  fails: 1 / 400,
  limits: 1 / 20_000,
  retryAfterMs: 3_000,
  answersMs: 60,
  slow: 1 / 300,
  slowMs: 900,
}

/** The endpoint as somebody else's is: a batch is one exchange. */
function unkind(clock: Clock, name: string, rpc: Answering): Answering {
  const random = seededRandom(Number.parseInt(hash(name, 0).slice(2, 10), 16))
  const draws = (share: number) => random() < share
  async function exchange(signal: AbortSignal | undefined): Promise<void> {
    const most = draws(unkindness.slow) ? unkindness.slowMs : unkindness.answersMs
    await clock.sleep(1 + Math.floor(random() * most), signal)
    if (draws(unkindness.fails)) throw new JsonRpcTransportError('socket hang up')
    if (draws(unkindness.limits))
      throw new JsonRpcTransportError('slower', { status: 429, retryAfterMs: unkindness.retryAfterMs })
  }
  return {
    async request(method, params, signal) {
      await exchange(signal)
      return rpc.request(method, params, signal)
    },
    async requestAll(calls, signal) {
      await exchange(signal)
      return rpc.requestAll(calls, signal)
    },
  }
}
