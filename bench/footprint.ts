import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RollupConfig, rollupConfigToJson } from '../node/config/rollup-config.ts'
import type { L2Block } from '../node/ports/l2-source.ts'
import type { L2BlockRef } from '../node/protocol/refs.ts'
import { l1BlockRefToJson, l2BlockRefToJson } from '../node/protocol/sync-status-json.ts'
import { createDerivation } from './derivation/derive.ts'
import { createHistory, type HistoryShape } from './derivation/history.ts'
import type { BenchL1Block } from './derivation/l1-block.ts'
import { startL1Server } from './derivation/l1-server.ts'
import { createStreamedL1 } from './derivation/streamed-l1.ts'
import { startEngineServer } from './footprint/engine-server.ts'
import { startNodeProcess } from './footprint/node-process.ts'
import { startRpcServer } from './footprint/rpc-server.ts'

/** As on a devstack: L1 blocks that hold nothing of this chain, or now and then its batches. */
const quietL1: HistoryShape = {
  batchType: 'singular',
  compression: 'zlib',
  transactionsIn: () => 1,
  epochsPerChannel: 5,
  foreignTransactions: 0,
  l2BlocksPerEpoch: 2,
  deposits: false,
}
const epochs = 2_150
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const runs = 3

/** The median of each figure by itself. */
function medians<T extends Readonly<Record<string, number>>>(samples: readonly T[]): T {
  const names = Object.keys(samples[0]!)
  const median = (name: string) =>
    samples.map((sample) => sample[name]!).sort((a, b) => a - b)[Math.floor(samples.length / 2)]!
  return Object.fromEntries(names.map((name) => [name, median(name)])) as T
}

/** What `lockstep node` itself uses, as a process; L1 and engine are this process and answer at once. */
export async function measureFootprint(progress: (what: string) => void) {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-bench-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  // A bench that is stopped takes the folder, and the node that runs, with it.
  process.once('exit', remove)
  const onSignal = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal])
  for (const signal of stopSignals) process.once(signal, onSignal)
  try {
    progress(`a node that derives ${2 * epochs} L2 blocks from ${epochs} L1 blocks, ${runs} times`)
    const deriving = await measureDeriving(directory)
    progress(`a follower at rest, ${runs} times`)
    return { deriving, followerAtRest: await measureFollower(directory) }
  } finally {
    for (const signal of stopSignals) process.off(signal, onSignal)
    process.off('exit', remove)
    remove()
  }
}

async function measureDeriving(directory: string) {
  const history = createHistory(quietL1)
  const blocks: BenchL1Block[] = [history.genesis]
  while (blocks.length <= epochs) blocks.push(await history.next())
  const l1 = await startL1Server(blocks, 0)
  const samples = []
  for (let run = 0; run < runs; run++) {
    const engine = await startEngineServer(history.config)
    const node = await startNodeProcess([
      ...(await commonFlags(directory, history.config)),
      ...['--l1', l1.url, '--l2', engine.url, '--l1.beacon.ignore', '--p2p.disable'],
    ])
    try {
      const startMs = performance.now()
      const last = BigInt(2 * epochs - 1)
      await node.until(({ localSafeL2 }) => localSafeL2.number >= last)
      samples.push({ wallSeconds: Math.round((performance.now() - startMs) / 100) / 10, ...node.usage() })
    } finally {
      await node.stop()
      await engine.close()
    }
  }
  await l1.close()
  return { l1Blocks: epochs, l2Blocks: 2 * epochs, ...medians(samples) }
}

const restSeconds = 20
const followedEpochs = 40

/** A follower of a source that does not move; with p2p and metrics as on a devstack, and without. */
async function measureFollower(directory: string) {
  const history = createHistory({ ...quietL1, transactionsIn: () => 0 })
  const inMemory = createStreamedL1(history, Number.MAX_SAFE_INTEGER)
  await inMemory.make(followedEpochs)
  const blocks = Array.from({ length: followedEpochs + 1 }, (_, number) => inMemory.block(BigInt(number)))
  const chain: L2Block[] = []
  const derivation = createDerivation(history.config, inMemory, () => chain.push(derivation.l2.headBlock))
  await derivation.until(2 * followedEpochs - 1)

  const l1 = await startL1Server(blocks, 0)
  const source = await startSource(history.config, blocks.at(-1)!, derivation.l2.head)
  const rest = async (flags: readonly string[]) => {
    const samples: Rest[] = []
    for (let run = 0; run < runs; run++) {
      const engine = await startEngineServer(history.config, chain)
      const node = await startNodeProcess([
        ...(await commonFlags(directory, history.config)),
        ...['--l1', l1.url, '--l2', engine.url, '--l2.follow.source', source.url],
        ...flags,
      ])
      try {
        await node.until(({ finalizedL2 }) => finalizedL2.number === derivation.l2.head.number)
        const start = node.usage()
        await new Promise((resolve) => setTimeout(resolve, restSeconds * 1000))
        const end = node.usage()
        samples.push({
          startCpuSeconds: start.cpuSeconds,
          cpuPercent: Math.round(((end.cpuSeconds - start.cpuSeconds) / restSeconds) * 1000) / 10,
          residentMiB: end.residentMiB,
          peakResidentMiB: end.peakResidentMiB,
        })
      } finally {
        await node.stop()
        await engine.close()
      }
    }
    return medians(samples)
  }
  try {
    return {
      withP2pAndMetrics: await rest([
        ...['--p2p.listen.ip', '127.0.0.1', '--p2p.listen.tcp', '0', '--p2p.no-discovery'],
        ...['--p2p.priv.path', join(directory, 'p2p.key')],
        ...['--metrics.enabled', '--metrics.addr', '127.0.0.1', '--metrics.port', '0'],
      ]),
      withoutP2p: await rest(['--p2p.disable']),
    }
  } finally {
    await l1.close()
    await source.close()
  }
}

type Rest = Record<'startCpuSeconds' | 'cpuPercent' | 'residentMiB' | 'peakResidentMiB', number>

/** A consensus node that has everything up to these heads and gets nothing more. */
function startSource(config: RollupConfig, { header }: BenchL1Block, head: L2BlockRef) {
  const l1 = l1BlockRefToJson(header)
  const l2 = l2BlockRefToJson(head)
  const status = {
    ...{ current_l1: l1, head_l1: l1, safe_l1: l1, finalized_l1: l1 },
    ...{ unsafe_l2: l2, safe_l2: l2, local_safe_l2: l2, finalized_l2: l2 },
  }
  const identity = rollupConfigToJson(config)
  return startRpcServer((method) => (method === 'optimism_syncStatus' ? status : identity))
}

async function commonFlags(directory: string, config: RollupConfig): Promise<string[]> {
  const rollupPath = join(directory, 'rollup.json')
  const jwtPath = join(directory, 'jwt.hex')
  await writeFile(rollupPath, JSON.stringify(rollupConfigToJson(config)))
  await writeFile(jwtPath, '11'.repeat(32))
  return ['--rollup.config', rollupPath, '--l2.jwt-secret', jwtPath]
}
