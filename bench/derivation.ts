import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createL1Source } from '../node/adapters/l1/l1-source.ts'
import { recoverKey } from '../node/adapters/secp256k1/recover-key.ts'
import { createSystemClock } from '../node/adapters/system/system-clock.ts'
import { createHttpRpcClient } from '../node/json-rpc/http-client.ts'
import { withReadAhead } from '../node/l1/read-ahead-l1.ts'
import type { L2Block } from '../node/ports/l2-source.ts'
import { createSilentLogger } from '../node/ports/testing/silent-logger.ts'
import { isDepositTransaction } from '../node/protocol/deposit-transaction.ts'
import { l2BlocksPerEpoch, poolSlice } from './derivation/chain.ts'
import { createDerivation } from './derivation/derive.ts'
import { type BenchEngine, createBenchEngine } from './derivation/engine.ts'
import { createHistory, type HistoryShape, mixedTransactions } from './derivation/history.ts'
import type { BenchL1Block } from './derivation/l1-block.ts'
import { startL1Server } from './derivation/l1-server.ts'
import { startNode } from './derivation/node-run.ts'
import { createStreamedL1 } from './derivation/streamed-l1.ts'

const singular = { batchType: 'singular', compression: 'zlib' } as const
const span = { batchType: 'span', compression: 'brotli' } as const
const usual = { transactionsIn: mixedTransactions, epochsPerChannel: 10, foreignTransactions: 0 } as const

const runs = 5

/** The L1 block that carries the last batch of the first `l2Blocks` blocks; those must fill whole channels. */
const l1Length = (l2Blocks: number) => l2Blocks / l2BlocksPerEpoch

/**
 * From an L1 in memory to attributes: frames, channel, batches, validity, deposits and L1 info, in one process and on one
 * core, without a network and without an engine. What derivation itself costs, and so the most that a node can do.
 * `compressedMBPerSecond` counts what the frames carry.
 */
async function measurePipeline(
  name: string,
  shape: HistoryShape,
): Promise<{ name: string; blocksPerSecond: number; compressedMBPerSecond: number; microsPerBlock: number }> {
  const l2Blocks = 1_200
  const history = createHistory(shape)
  const l1 = createStreamedL1(history, Number.MAX_SAFE_INTEGER)
  await l1.make(l1Length(l2Blocks))
  const last = l2Blocks - 1
  // The first run warms up, and shows that what was batched is what is derived.
  await createDerivation(history.config, l1, (number, { transactions }) => {
    const sequenced = transactions.filter((transaction) => !isDepositTransaction(transaction))
    const batched = poolSlice(Number(history.config.l2ChainId), number, shape.transactionsIn(number))
    if (sequenced.join() !== batched.join())
      throw new Error(`${name}: block ${number} has other transactions`)
  }).until(last)
  const seconds = await medianSeconds(() => createDerivation(history.config, l1).until(last))
  return {
    name,
    blocksPerSecond: Math.round(last / seconds),
    compressedMBPerSecond: round(history.compressedBytes / 1e6 / seconds, 2),
    microsPerBlock: Math.round((seconds / last) * 1e6),
  }
}

/**
 * The same through the L1 adapter: JSON-RPC over loopback HTTP, everything parsed and checked against hashes and roots.
 * The server is another thread and lets each answer wait for `latencyMs`. `foreign` transactions of others are in each
 * L1 block, as on Ethereum. "One by one" is without reading ahead.
 */
async function measureJsonRpc(
  { foreign, epochsPerChannel }: { readonly foreign: number; readonly epochsPerChannel: number },
  latencies: readonly number[],
) {
  const l2Blocks = 600
  const history = createHistory({ ...span, ...usual, epochsPerChannel, foreignTransactions: foreign })
  const { depositContractAddress, l1SystemConfigAddress } = history.config
  const blocks: BenchL1Block[] = [history.genesis]
  while (blocks.length <= l1Length(l2Blocks)) blocks.push(await history.next())
  const results = []
  for (const latencyMs of latencies) {
    const server = await startL1Server(blocks, latencyMs)
    try {
      const derive = async (blocksAhead: number) => {
        const source = createL1Source({
          rpc: createHttpRpcClient({ url: server.url, timeoutMs: 10_000 }),
          clock: createSystemClock(),
          logger: createSilentLogger(),
          logsOf: [depositContractAddress, l1SystemConfigAddress],
          recoverKey,
        })
        const l1 = withReadAhead(source, {
          ahead: source.withPriority('ahead'),
          blocksAhead,
          finalizedNumber: () => BigInt(blocks.length),
        })
        await createDerivation(history.config, l1).until(l2Blocks - 1)
      }
      const blocksPerSecond = async (blocksAhead: number) =>
        Math.round((l2Blocks - 1) / (await medianSeconds(() => derive(blocksAhead), latencyMs > 5 ? 1 : 3)))
      await derive(10)
      await server.takeRequests()
      const readAhead = await blocksPerSecond(10)
      const requests = await server.takeRequests()
      results.push({
        foreignTransactionsPerL1Block: foreign,
        epochsPerChannel,
        latencyMs,
        blocksPerSecondOneByOne: await blocksPerSecond(0),
        blocksPerSecond: readAhead,
        requestsPerL1Block: round(requests / (latencyMs > 5 ? 1 : 3) / blocks.length, 1),
      })
    } finally {
      await server.close()
    }
  }
  return results
}

/**
 * Cost and heap as the chain grows, through every actor of a node with an engine that executes nothing and keeps nothing:
 * figures are of the blocks since the row before, in wall time and in processor time of the thread. The L1 makes its blocks in stretches, whose time does
 * not count, and keeps none for longer than derivation needs them.
 */
async function measureGrowth(lengths: readonly number[]) {
  const stretch = 50
  const history = createHistory({ ...singular, ...usual, transactionsIn: () => 1, epochsPerChannel: 1 })
  const l1 = createStreamedL1(history, 4 * stretch)
  const engine = createBenchEngine(history.config)
  const last = () => epochs * l2BlocksPerEpoch - 1
  let epochs = stretch
  await l1.make(epochs)
  const node = startNode(history.config, l1, engine)
  await node.safe(last())
  const results = []
  for (const length of lengths) {
    let [wallMs, cpuMs] = [0, 0]
    const first = last()
    engine.calls.clear()
    while (last() < length) {
      epochs += stretch
      await l1.make(epochs)
      const [startMs, startCpuMs] = [performance.now(), threadCpuMs()]
      await node.safe(last())
      wallMs += performance.now() - startMs
      cpuMs += threadCpuMs() - startCpuMs
    }
    const blocks = last() - first
    results.push({
      l2Blocks: last(),
      microsPerBlock: Math.round((wallMs / blocks) * 1000),
      cpuMicrosPerBlock: Math.round((cpuMs / blocks) * 1000),
      heapMiB: heapMiB(),
      finalizedL2Block: Number(node.finalized),
      engineCallsPerBlock: callsPerBlock(engine, blocks),
    })
  }
  await node.stop()
  return results
}

/**
 * An engine that has the chain already, as one that got it by gossip: its blocks are compared with what is derived. What
 * a node asks it for each block; the adapter answers `blockByHash` from what it read by number.
 */
async function measureConsolidation() {
  const l2Blocks = 1_200
  const history = createHistory({ ...singular, ...usual })
  const l1 = createStreamedL1(history, Number.MAX_SAFE_INTEGER)
  await l1.make(l1Length(l2Blocks))
  const chain: L2Block[] = []
  const derivation = createDerivation(history.config, l1, () => chain.push(derivation.l2.headBlock))
  await derivation.until(l2Blocks - 1)
  const engine = createBenchEngine(history.config, chain)
  const startMs = performance.now()
  const node = startNode(history.config, l1, engine)
  await node.safe(chain.length)
  const microsPerBlock = Math.round(((performance.now() - startMs) / chain.length) * 1000)
  await node.stop()
  if (engine.calls.has('newPayload')) throw new Error('expected every block to match, one was built')
  return { l2Blocks: chain.length, microsPerBlock, engineCallsPerBlock: callsPerBlock(engine, chain.length) }
}

/** How often the engine is asked for each block, by method. */
function callsPerBlock({ calls }: BenchEngine, blocks: number): Record<string, number> {
  return Object.fromEntries([...calls].map(([method, count]) => [method, round(count / blocks, 2)]))
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function medianSeconds(run: () => Promise<void>, count = runs): Promise<number> {
  const seconds: number[] = []
  for (let index = 0; index < count; index++) {
    const startMs = performance.now()
    await run()
    seconds.push((performance.now() - startMs) / 1000)
  }
  return seconds.sort((a, b) => a - b)[Math.floor(count / 2)]!
}

let collectGarbage: (() => void) | undefined

/** What is left after a full collection. */
function heapMiB(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc')
    collectGarbage = runInNewContext('gc') as () => void
  }
  collectGarbage()
  return round(process.memoryUsage().heapUsed / 2 ** 20, 1)
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}

/** @param progress told what is measured now. */
export async function measureDerivation(progress: (what: string) => void) {
  const pipeline = []
  for (const [name, format] of [
    ['singular, zlib', singular],
    ['span, brotli', span],
  ] as const)
    for (const [mix, transactionsIn] of [
      ['0', () => 0],
      ['1', () => 1],
      ['20', () => 20],
      ['0, 1 and 20', mixedTransactions],
    ] as const) {
      progress(`pipeline: ${name}, ${mix} transactions in a block`)
      pipeline.push(
        await measurePipeline(`${name}; ${mix} transactions in a block`, {
          ...format,
          ...usual,
          transactionsIn,
        }),
      )
    }
  progress('L1 over JSON-RPC, with 0, 5 and 50 ms of latency')
  const jsonRpc = [
    ...(await measureJsonRpc({ foreign: 0, epochsPerChannel: 10 }, [0, 5, 50])),
    ...(await measureJsonRpc({ foreign: 150, epochsPerChannel: 100 }, [0, 50])),
  ]
  progress('a node that derives 1 000, 10 000 and 100 000 blocks')
  await measureGrowth([3_000])
  const growth = await measureGrowth([1_000, 10_000, 100_000])
  progress('a node whose engine has the chain already')
  const consolidation = await measureConsolidation()
  return { pipeline, jsonRpc, growth, consolidation }
}
