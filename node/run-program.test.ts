import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bindUdp } from './adapters/discovery/discv5-transport.ts'
import type { LeveledLogger } from './adapters/logs/pino-logger.ts'
import type { ProgramConfig } from './config/flags-config.ts'
import type { NodeConfig } from './config/node-config.ts'
import type { RollupConfig } from './config/rollup-config.ts'
import { closeServer, listen } from './json-rpc/http-listen.ts'
import { localAccess } from './json-rpc/web-access.ts'
import { testRollupConfig } from './network/testing/blocks.ts'
import { testP2pConfig } from './network/testing/p2p-config.ts'
import { runProgram } from './run-program.ts'
import {
  type StubServers,
  startStubServers,
  startStubSource,
  stubL1Genesis,
  stubL2Genesis,
} from './testing/stub-servers.ts'

const base = testRollupConfig('isthmus')
const rollup: RollupConfig = {
  ...base,
  genesis: {
    ...base.genesis,
    l1: { hash: stubL1Genesis().hash, number: 0n },
    l2: { hash: stubL2Genesis().hash, number: 0n },
  },
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function servers(changes: Parameters<typeof startStubServers>[1] = {}): Promise<StubServers> {
  const started = await startStubServers(rollup, changes)
  closing.push(() => started.close())
  return started
}

async function occupiedUdp(): Promise<number> {
  const socket = await bindUdp('127.0.0.1', 0)
  closing.push(() => new Promise<void>((resolve) => socket.close(resolve)))
  return socket.address().port
}

async function occupied(): Promise<number> {
  const server: Server = createServer()
  const { port } = await listen(server, '127.0.0.1', 0)
  closing.push(() => closeServer(server))
  return port
}

function program({ l1, engine }: StubServers, change: Partial<NodeConfig> = {}): ProgramConfig {
  return {
    jwtSecretPath: '/run/jwt.hex',
    clockOffsetMs: 0,
    trustL1Rpc: false,
    l1CallsPerSecond: null,
    l1BatchCallsMax: 20,
    safeDbPath: null,
    node: {
      rollup,
      upgrades: {},
      l1: { rpcUrl: l1.url, pollIntervalMs: 50, timeoutMs: 10_000, confirmations: 0n, maxConcurrency: 20 },
      beacon: null,
      l2: { engineUrl: engine.url, jwtSecret: new Uint8Array(32), timeoutMs: 10_000 },
      sync: { mode: 'consensus-layer', offsetElSafeMs: 0, elSyncAfterFinality: false },
      follow: null,
      sequencer: null,
      p2p: null,
      rpc: { host: '127.0.0.1', port: 0, enableAdmin: false, access: localAccess },
      metrics: null,
      startTimeoutMs: 0,
      log: { level: 'info', format: 'text' },
      ...change,
    },
  }
}

const p2p = testP2pConfig()
const discovery = {
  listenPort: 0,
  advertise: { ip: null, tcpPort: null, udpPort: null },
  bootnodes: [],
  netRestrict: null,
  tablePath: null,
}

const beacon = (url: string): NonNullable<NodeConfig['beacon']> => ({
  url,
  fallbackUrls: [],
  headers: {},
  fetchAllSidecars: false,
  slotDurationMs: null,
  timeoutMs: 10_000,
  ignoreCheck: false,
})

/** A beacon that says what a slot is; the URL of it. */
async function beaconServer(onRequest: (request: IncomingMessage) => void): Promise<string> {
  const server = createServer((request, response) => {
    onRequest(request)
    const genesis = request.url?.endsWith('/genesis') === true
    const data = genesis ? { genesis_time: '1000' } : { SECONDS_PER_SLOT: '12' }
    response.end(JSON.stringify({ data }))
  })
  const { url } = await listen(server, '127.0.0.1', 0)
  closing.push(() => closeServer(server))
  return url
}

/** A logger that resolves `rpc` with the URL once the node has said it. */
function listening(): {
  readonly logger: LeveledLogger
  readonly urls: Promise<{ rpc: string; metrics: string }>
} {
  let resolve: (urls: { rpc: string; metrics: string }) => void
  const urls = new Promise<{ rpc: string; metrics: string }>((done) => {
    resolve = done
  })
  let metrics = ''
  const logger: LeveledLogger = {
    debug() {},
    warn() {},
    error() {},
    info(message, fields) {
      if (message === 'metrics server listens') metrics = String(fields?.['url'])
      if (message === 'node starts') resolve({ rpc: String(fields?.['rpc']), metrics })
    },
    child: () => logger,
    setLevel() {},
  }
  return { logger, urls }
}

const karstToCome = { ...rollup, forks: { ...rollup.forks, jovian: 0n, karst: 9_999_999_999n } }

/** A source of another chain. */
async function foreignSource(): Promise<NonNullable<NodeConfig['follow']>> {
  const source = await startStubSource({ ...rollup, l2ChainId: 902n })
  closing.push(() => source.close())
  return { sourceUrl: source.url, pollIntervalMs: 50, timeoutMs: 10_000 }
}

const run = (config: ProgramConfig) => runProgram(config, listening().logger, new AbortController().signal)

describe('the program', { timeout: 30_000 }, () => {
  it('runs with everything on, answers, and stops cleanly', async () => {
    const world = await servers({ absence: 'geth' })
    const { logger, urls } = listening()
    const stop = new AbortController()
    const keys: unknown[] = []
    const checked = Promise.withResolvers<void>()
    const url = await beaconServer((request) => {
      if (keys.push(request.headers['x-key']) === 2) checked.resolve()
    })
    const config = program(world, {
      p2p: { ...p2p, discovery },
      metrics: { host: '127.0.0.1', port: 0, opNodeNames: true },
      beacon: { ...beacon(url), headers: { 'X-Key': 'k' } },
    })
    const running = runProgram(config, logger, stop.signal)
    const { rpc, metrics } = await Promise.race([
      urls,
      running.then(() => Promise.reject(new Error('ended'))),
    ])
    const ask = async (method: string) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] })
      return (
        (await (
          await fetch(rpc, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
        ).json()) as { result?: unknown }
      ).result
    }
    expect(await (await fetch(`${rpc}/healthz`)).json()).toEqual({
      version: expect.stringMatching(/^v\d+\.\d+\.\d+-lockstep$/),
    })
    expect(await ask('optimism_version')).toMatch(/^v\d/)
    expect(await ask('optimism_rollupConfig')).toMatchObject({ l2_chain_id: 901, block_time: 2 })
    expect(await ask('optimism_syncStatus')).toMatchObject({ unsafe_l2: { number: 0 } })
    expect(await ask('opp2p_self')).toMatchObject({ chainID: 901, ENR: expect.stringMatching(/^enr:/) })
    expect(await ask('opp2p_discoveryTable')).toEqual([])
    expect(await ask('admin_sequencerActive')).toBeUndefined()
    // The beacon is asked last of all that is asked at start.
    await checked.promise
    const expose = async () => (await fetch(metrics)).text()
    const publishesHeads = async () => {
      const heads = await expose()
      for (const type of ['l2_unsafe', 'l2_finalized'])
        expect(heads).toContain(`lockstep_node_refs_number{layer="l2",type="${type}"} 0`)
    }
    await vi.waitFor(publishesHeads, { timeout: 20_000 })
    const exposition = await expose()
    expect(exposition).toMatch(/lockstep_node_up 1/)
    expect(keys).toEqual(['k', 'k'])
    expect(exposition).toMatch(
      /lockstep_node_rpc_server_requests_total\{method="optimism_version",outcome="ok"\} 1/,
    )
    expect(exposition).toMatch(/lockstep_node_info\{version="v[^"]+",mode="derive"\} 1/)
    expect(exposition).toMatch(/lockstep_node_fork_time\{fork="isthmus"\} \d+/)
    expect(exposition).toMatch(/op_node_default_up 1/)
    expect(exposition).toMatch(
      /op_node_default_rpc_client_responses_total\{method="eth_chainId",error="<nil>"\} 2/,
    )
    stop.abort(new Error('test ends'))
    await running
    await expect(fetch(rpc)).rejects.toThrow()
    await expect(fetch(metrics)).rejects.toThrow()
  })

  it('keeps a safe head database for itself, and gives it free when it stops', async () => {
    const safeDbPath = mkdtempSync(join(tmpdir(), 'lockstep-safedb-'))
    closing.push(async () => rmSync(safeDbPath, { recursive: true }))
    const config = { ...program(await servers({ absence: 'reth' })), safeDbPath }
    for (let start = 0; start < 2; start++) {
      const { logger, urls } = listening()
      const stop = new AbortController()
      const running = runProgram(config, logger, stop.signal)
      const { rpc } = await Promise.race([urls, running.then(() => Promise.reject(new Error('ended')))])
      await expect(run(config)).rejects.toThrow(
        `--safedb.path ${safeDbPath}: expected it to be free, found it in use by another node`,
      )
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'optimism_safeHeadAtL1Block',
        params: ['0x5'],
      })
      const block = { number: 0 }
      const answered = async () =>
        expect(
          await (
            await fetch(rpc, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
          ).json(),
        ).toMatchObject({
          result: { l1Block: block, safeHead: { ...block, hash: rollup.genesis.l2.hash } },
        })
      await vi.waitFor(answered, { timeout: 20_000 })
      stop.abort(new Error('test ends'))
      await running
    }
  })

  it.each<[string, () => Promise<ProgramConfig>, RegExp]>([
    [
      'a missing L1',
      async () => {
        const world = await servers()
        await world.l1.close()
        return program(world)
      },
      /^own L1: expected an answer within 0 s, found: eth_chainId at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
    ],
    [
      'an L1 of another chain',
      async () => program(await servers({ l1: { eth_chainId: () => '0x1' } })),
      /^own L1 is on chain: expected 900, found 1;/,
    ],
    [
      'an L1 with another genesis',
      async () => program(await servers({ l1: { eth_getBlockByNumber: () => null } })),
      /^own L1: .* no block 0: expected the rollup's L1 genesis 0x[0-9a-f]{64}/,
    ],
    [
      'an L1 whose blocks do not have their hash',
      async () =>
        program(
          await servers({
            l1: { eth_getBlockByNumber: () => ({ ...stubL1Genesis().json, gasUsed: '0x1' }) },
          }),
        ),
      /L1 block 0: expected the hash 0x[0-9a-f]{64}, its fields give 0x/,
    ],
    [
      'a missing beacon',
      async () => program(await servers(), { beacon: beacon('http://127.0.0.1:1/secret') }),
      /^the beacon of own L1 \(--l1\.beacon\): expected an answer within 0 s, found: beacon beacon\/genesis at http:\/\/127\.0\.0\.1:1: /,
    ],
    [
      'a missing engine',
      async () => {
        const world = await servers()
        await world.engine.close()
        return program(world)
      },
      /^the engine API: expected an answer within 0 s, found: engine_exchangeCapabilities at .*ECONNREFUSED/,
    ],
    [
      'an engine that refuses the JWT',
      async () => program(await servers({ authenticate: () => false })),
      /^engine at http:\/\/127\.0\.0\.1:\d+ refused the JWT secret in \/run\/jwt\.hex: .*found HTTP 401$/,
    ],
    [
      'an engine of another chain',
      async () => program(await servers({ engine: { eth_chainId: () => '0xa' } })),
      /^the execution engine is on chain: expected 901, found 10;/,
    ],
    [
      'an engine without its genesis',
      async () => program(await servers({ engine: { eth_getBlockByNumber: () => null } })),
      /^the execution engine: .*no block 0: expected the rollup's L2 genesis 0x[0-9a-f]{64}; check the rollup/,
    ],
    [
      'an engine with another genesis',
      async () => {
        const l2 = { ...rollup.genesis.l2, hash: `0x${'ab'.repeat(32)}` as const }
        return program(await servers(), { rollup: { ...rollup, genesis: { ...rollup.genesis, l2 } } })
      },
      /L2 genesis: expected 0x(ab){32}, found 0x[0-9a-f]{64};/,
    ],
    [
      'a follow source of another chain',
      async () => program(await servers(), { follow: await foreignSource() }),
      /the follow source serves another chain \(L2 chain id: expected 901, found 902\)/,
    ],
    [
      'a fork to come without its upgrade bundle, on a node that derives',
      async () => program(await servers(), { rollup: karstToCome }),
      /^karst activates at time 9999999999, .* give --rollup\.upgrades karst=FILE/,
    ],
    [
      'a fork to come without its upgrade bundle, on a node that follows and builds',
      async () =>
        program(await servers(), {
          rollup: karstToCome,
          follow: await foreignSource(),
          sequencer: { stopped: false, l1Confirmations: 0n, maxSafeLag: 0n, recover: false },
        }),
      /^karst activates at time 9999999999, .* give --rollup\.upgrades karst=FILE/,
    ],
    [
      // Which starts without it, and gets as far as its source.
      'a fork to come without its upgrade bundle, on a node that only follows: the source of another chain',
      async () => program(await servers(), { rollup: karstToCome, follow: await foreignSource() }),
      /the follow source serves another chain \(L2 chain id: expected 901, found 902\)/,
    ],
    [
      'an RPC port in use',
      async () =>
        program(await servers(), {
          rpc: { host: '127.0.0.1', port: await occupied(), enableAdmin: false, access: localAccess },
        }),
      /^RPC server: expected 127\.0\.0\.1:\d+ to be free, found it in use; choose another port with --rpc\.port$/,
    ],
    [
      'a metrics port in use',
      async () =>
        program(await servers(), {
          metrics: { host: '127.0.0.1', port: await occupied(), opNodeNames: false },
        }),
      /^metrics server: expected .* found it in use; choose another port with --metrics\.port$/,
    ],
    [
      'a p2p port in use',
      async () => program(await servers(), { p2p: { ...p2p, listenPort: await occupied() } }),
      /^p2p: expected .* found it in use; choose another port with --p2p\.listen\.tcp$/,
    ],
    [
      'a discovery port in use',
      async () =>
        program(await servers(), {
          p2p: { ...p2p, discovery: { ...discovery, listenPort: await occupiedUdp() } },
        }),
      /^p2p discovery: expected .* found it in use; choose another port with --p2p\.listen\.udp$/,
    ],
    [
      'a bootnode that is none',
      async () =>
        program(await servers(), { p2p: { ...p2p, discovery: { ...discovery, bootnodes: ['enr:-x'] } } }),
      /^--p2p\.bootnodes: expected a node record with a valid signature or an enode:\/\/ with IP and port, found "enr:-x"$/,
    ],
  ])('ends with one sentence for %s', async (_, config, sentence) => {
    const error = await run(await config()).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(sentence)
    expect((error as Error).message).not.toContain('\n')
  })
})
