import { randomBytes } from 'node:crypto'
import { rollupConfigToJson } from '../../../../node/config/rollup-config.ts'
import { createHttpRpcClient } from '../../../../node/json-rpc/http-client.ts'
import type { Clock } from '../../../../node/ports/clock.ts'
import { syncStatusFromJson } from '../../../../node/protocol/sync-status-json.ts'
import type { ChosenClient } from '../../../clients/chosen-clients.ts'
import type { ClClient, ClSettings } from '../../../clients/client.ts'
import { type RunningProcess, startProcess } from '../../../drivers/process.ts'
import { l1ChainConfig } from '../../../genesis/chain-config.ts'
import { createPortAllocator } from '../../../world/live/ports.ts'
import { openRegistry } from '../../../world/live/registry.ts'
import { stopWithProcess } from '../../../world/live/shutdown.ts'
import type { RunDirectory } from '../../../world/run-directory.ts'
import type { NodeUnderTest, ReplayedWorld } from '../node-under-test.ts'
import { ReplayError } from '../replay-error.ts'
import { createBlockPost } from './post-blocks.ts'
import { recordedNames } from './recorded-names.ts'
import { type RecordedServers, startRecordedServers } from './recorded-servers.ts'

export interface ProcessNodeOptions {
  readonly chosen: ChosenClient<ClClient, ClSettings>
  /** Its files and its log are there. */
  readonly directory: RunDirectory
  /** The machine's. */
  readonly clock: Clock
}

/** What is not answered in that time is asked again. */
const rpcTimeoutMs = 5_000
/** A node that does not serve by then does not start. */
const readyMsMax = 60_000
const readyLookMs = 50
const tailLines = 12

/**
 * Makes a node under test of a program: a process that finds its L1, its source and its engine on loopback ports, where a
 * recording is played. Ready when it serves. Whatever ends this process ends that one.
 * @throws ReplayError with the end of its log when it does not start.
 */
export function processNode(options: ProcessNodeOptions) {
  return async (world: ReplayedWorld): Promise<NodeUnderTest> => {
    const parts = new AsyncDisposableStack()
    try {
      return await start(world, options, parts)
    } catch (error) {
      await parts.disposeAsync()
      throw error
    }
  }
}

async function start(
  world: ReplayedWorld,
  { chosen, directory, clock }: ProcessNodeOptions,
  parts: AsyncDisposableStack,
): Promise<NodeUnderTest> {
  const registry = openRegistry(directory.path, directory.runId)
  parts.defer(() => {
    registry.close()
    directory.finish('passed')
  })
  parts.defer(
    stopWithProcess({
      handleSignals: true,
      stop: () => parts.disposeAsync(),
      killAll: () => registry.killAll(),
    }),
  )
  const jwtSecret = randomBytes(32)
  const servers = parts.use(await startRecordedServers(world, jwtSecret))
  const allocator = createPortAllocator({ slot: process.pid })
  parts.defer(() => allocator.close())
  const ports = { rpc: await allocator.next(), metrics: await allocator.next(), p2p: await allocator.next() }
  registry.addPorts(Object.values(ports))
  const running = await startProcess({
    ...{ name: world.name, cwd: directory.path, logPath: directory.logPath(world.name) },
    ...chosen.launch(settingsOf(world, directory, { servers, jwtSecret, ports })),
    onSpawn: (identity) => registry.add(world.name, identity),
  })
  parts.defer(async () => void (await running.stop()))
  const rpc = createHttpRpcClient({ url: `http://127.0.0.1:${ports.rpc}`, timeoutMs: rpcTimeoutMs })
  await serves(chosen.client, rpc, running, clock)

  const blocks = createBlockPost(rpc)
  return {
    status: async () =>
      recordedNames(syncStatusFromJson(await rpc.request('optimism_syncStatus', [])), world.recordedHash),
    hear: blocks.add,
    async run(signal) {
      try {
        await Promise.race([aborted(signal), endOf(running)])
      } finally {
        blocks.clear()
        await parts.disposeAsync()
      }
    },
  }
}

interface Surroundings {
  readonly servers: RecordedServers
  readonly jwtSecret: Uint8Array
  readonly ports: { readonly rpc: number; readonly metrics: number; readonly p2p: number }
}

function settingsOf(
  { name, config }: ReplayedWorld,
  directory: RunDirectory,
  { servers, jwtSecret, ports }: Surroundings,
): ClSettings {
  const { l1Url, beaconUrl, sourceUrl, engineUrl } = servers
  const json = (file: string, value: unknown) => directory.write(file, `${JSON.stringify(value, null, 2)}\n`)
  const secret = (file: string, key: Uint8Array) =>
    directory.write(file, Buffer.from(key).toString('hex'), 'secret')
  const slotMs = Number(config.blockTime) * 1000
  return {
    ...{ name, listenAddress: '127.0.0.1', dataPath: directory.path },
    ...{ l1Url, l1BeaconUrl: beaconUrl, l1PollMs: slotMs / 4, engineUrl, followSourceUrl: sourceUrl },
    jwtPath: secret('jwt.hex', jwtSecret),
    rollupPath: json('rollup.json', rollupConfigToJson(config)),
    l1ChainConfigPath: json('l1-chain-config.json', l1ChainConfig(Number(config.l1ChainId))),
    ...{ l2ChainId: Number(config.l2ChainId), upgradePaths: new Map(), elSync: null, sequencer: null },
    ...{ safeDbPath: null, clockOffsetMs: 0, rpcPort: ports.rpc, metricsPort: ports.metrics },
    p2p: {
      ...{ listenPort: ports.p2p, advertiseAddress: '127.0.0.1', staticPeers: [] },
      identityKeyPath: secret(`${name}-p2p.key`, randomBytes(32)),
    },
  }
}

async function serves(
  { kind, readyMethod }: ClClient,
  rpc: ReturnType<typeof createHttpRpcClient>,
  running: RunningProcess,
  clock: Clock,
): Promise<void> {
  const deadlineMs = clock.nowMs() + readyMsMax
  const ended = running.exited.then((exit) => {
    throw new ReplayError(
      `expected ${kind} to start, it ended with ${exit.signal ?? exit.exitCode}; the end of ${running.logPath}:\n${running.tail(tailLines).join('\n')}`,
    )
  })
  ended.catch(() => {})
  for (;;) {
    const answered = rpc.request(readyMethod, []).then(
      () => true,
      () => false,
    )
    if (await Promise.race([answered, ended])) return
    if (clock.nowMs() > deadlineMs)
      throw new ReplayError(
        `expected ${kind} to serve within ${readyMsMax / 1000} s; the end of ${running.logPath}:\n${running.tail(tailLines).join('\n')}`,
      )
    await Promise.race([clock.sleep(readyLookMs), ended])
  }
}

/** Rejects when the process ends by itself. */
async function endOf(running: RunningProcess): Promise<void> {
  const exit = await running.exited
  if (exit.wanted) return
  throw new Error(
    `${exit.signal === null ? `exit code ${exit.exitCode}` : `signal ${exit.signal}`}; its last line: ${running.tail(1)[0] ?? 'none'} (${running.logPath})`,
  )
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
