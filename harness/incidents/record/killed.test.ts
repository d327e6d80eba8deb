import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eachEvent, readTimeline } from '../../events/reader.ts'
import { explainStream } from '../explain/explain.ts'
import { explanationText } from '../explain/explanation-text.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const planted = {
  user: 'planted-user',
  password: 'planted-password',
  path: 'planted0key0in0the0path0f00',
  query: 'planted-key-in-the-query',
  bearer: 'planted.bearer.token.of.a.log',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.cGxhbnRlZA.cGxhbnRlZA',
  pattern: 'planted-name-of-a-customer',
  header: 'planted-header-of-a-log',
  node: 'planted0node0key0of0a0log',
  provider: 'planted1key2of3another4provider',
  words: 'planted junk words',
  /** What is left of a key where a client cuts the answer of a server that tells its own path. */
  cut: 'planted0key',
}

let directory: string
let server: Server
let url: string
let number = 0
const printed: Buffer[] = []
beforeEach(async () => {
  printed.length = 0
  directory = mkdtempSync(join(tmpdir(), 'lockstep-killed-'))
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      if (body === '') return response.writeHead(503).end(`${'.'.repeat(100)} ${request.url}`)
      const calls = [JSON.parse(body)].flat() as { id: number; method: string }[]
      const answers = calls.map(({ id, method }) => ({
        jsonrpc: '2.0',
        id,
        ...answerTo(method, request.url),
      }))
      return response.end(JSON.stringify(body.startsWith('[') ? answers : answers[0]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  url = `http://${planted.user}:${planted.password}@127.0.0.1:${port}/${planted.path}?key=${planted.query}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true, force: true })
})

/** A status that moves with every question; everything else is an error that tells the URL again. */
function answerTo(method: string, path: string | undefined) {
  const hash = (at: number) => `0x${at.toString(16).padStart(64, '0')}`
  const l1 = { hash: hash(1), number: 1, parentHash: hash(0), timestamp: 1 }
  const l2 = (at: number) => ({
    ...{ hash: hash(at), number: at, parentHash: hash(at - 1), timestamp: at },
    ...{ l1origin: { hash: hash(1), number: 1 }, sequenceNumber: 0 },
  })
  if (method !== 'optimism_syncStatus')
    return {
      error: {
        code: -32601,
        message: `no ${method} at ${url} (${path}), Authorization: Bearer ${planted.bearer}`,
      },
    }
  number++
  return {
    result: {
      ...{ current_l1: l1, head_l1: l1, safe_l1: l1, finalized_l1: l1 },
      ...{ unsafe_l2: l2(number + 10), safe_l2: l2(2), finalized_l2: l2(1) },
    },
  }
}

function recorder() {
  const out = join(directory, 'incident')
  const child = spawn(
    process.execPath,
    [
      ...[main, 'record', '--cl', `a=${url}`, '--el', `a-el=${url}`, '--l1', url, '--beacon', url],
      ...['--metrics', `a=${url}`, '--log', `a=${join(directory, 'a.log')}`, '--redact', planted.pattern],
      ...['--l2-block-time', '0.4', '--out', out],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk))
  return { child, timeline: join(out, 'timeline.ndjson'), out }
}

/** Until the file has so many lines more than it had. */
async function grows(file: string, lines: number): Promise<void> {
  const count = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0)
  const before = count()
  while (count() < before + lines) await new Promise((resolve) => setTimeout(resolve, 20))
}

it('loses at most a second to SIGKILL, says from when to when, and no credential reaches the disk', async () => {
  const log = join(directory, 'a.log')
  writeFileSync(log, 'level=info msg="it was there before"\n')
  const first = recorder()
  await grows(first.timeline, 20)
  appendFileSync(
    log,
    [
      `level=info msg="dialing ${url}" jwt=${planted.jwt}`,
      `{"level":"warn","msg":"authorization: Bearer ${planted.bearer}","api_key":"${planted.query}"}`,
      `level=error msg="${planted.pattern} is served by ${url}"`,
      `level=info msg="sent map[X-Api-Key:[${planted.header}]]" p2p.priv.raw=${planted.node}`,
      `level=warn msg="POST eth-mainnet.example.com/v2/${planted.provider}: 429" mnemonic="${planted.words}"`,
      // As long as a message may be, with the secret where it is cut.
      `level=warn msg="${'.'.repeat(985)} http://u:${planted.password}@host"`,
      '',
    ].join('\n'),
  )
  await grows(first.timeline, 20)
  const killedMs = Date.now()
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const before = readFileSync(first.timeline, 'utf8').split('\n').slice(0, -1)
  const last = JSON.parse(before.at(-1) ?? '{}') as { t: number }
  expect(killedMs - last.t).toBeLessThan(1_000)

  const second = recorder()
  await grows(second.timeline, 20)
  second.child.kill('SIGINT')
  expect(await once(second.child, 'exit')).toEqual([0, null])
  const events = await readTimeline(second.timeline)
  // All that was there is there still, and what follows it says what is missing.
  expect(events.slice(0, before.length)).toEqual(before.map((line) => JSON.parse(line)))
  expect(events[before.length]).toMatchObject({ kind: 'gap', component: 'recorder', from: last.t })
  expect(events[0]).toMatchObject({ kind: 'run', parameters: { cls: ['a'] } })
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
  expect(events.some((event) => event.kind === 'log' && event.component === 'a')).toBe(true)
  expect(events.some((event) => event.kind === 'rpc' && event.link === 'recorder→beacon')).toBe(true)
  expect(events.some((event) => event.kind === 'rpc' && event.link === 'recorder→metrics of a')).toBe(true)

  const logged = events.flatMap((event) => (event.kind === 'log' ? [event.message] : []))
  expect(logged).toHaveLength(6)
  const explanation = await explainStream(eachEvent(second.timeline))
  const places = {
    'on the disk': readdirSync(second.out, { recursive: true, encoding: 'utf8' })
      .map((file) => readFileSync(join(second.out, file), 'utf8'))
      .join(''),
    'in what the recorder printed': Buffer.concat(printed).toString('utf8'),
    'in the explanation': `${JSON.stringify(explanation)}${explanationText(explanation)}`,
  }
  for (const [place, text] of Object.entries(places))
    for (const [name, secret] of Object.entries(planted))
      expect(text.includes(secret), `the ${name} is ${place}`).toBe(false)
}, 120_000)
