import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Hash, Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hashHeader } from '../harness/el/chain/header.ts'
import { createExecutor } from '../harness/el/execution/executor.ts'
import { executeFixture, parseFixture } from '../harness/el/execution/fixture.ts'
import { parseGenesis } from '../harness/el/execution/genesis.ts'
import { createMemoryStore } from '../harness/el/execution/memory-store.ts'
import type { ExecutedBlock } from '../harness/el/execution/types.ts'
import {
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  testAttributes,
} from '../harness/el/testing/test-el.ts'
import type { PayloadEnvelope } from '../node/protocol/payload.ts'

const catchUpBlocks = 2_000
const vectorRuns = 4

/** An executor on a fresh store, and the chain that it has made so far. */
async function createMaker(chain: TestChain) {
  const genesis = parseGenesis(chain.genesisJson)
  const headers = new Map<Hash, ExecutedBlock['header']>()
  const executor = createExecutor({
    config: genesis.config,
    store: createMemoryStore(),
    header: (hash) => headers.get(hash),
  })
  let head = await executor.initGenesis(genesis)
  headers.set(head.hash, head.header)
  const advance = (block: ExecutedBlock): ExecutedBlock => {
    headers.set(hashHeader(block.header), block.header)
    head = block
    return block
  }
  return {
    async build(transactions: readonly Hex[] = []): Promise<ExecutedBlock> {
      const attributes = testAttributes(chain, head.header.number + 1n, { noTxPool: true })
      const all = [...attributes.transactions, ...transactions]
      return advance(
        (await executor.build(head.header, { ...attributes, transactions: all }, { pool: [] })).block,
      )
    },
    execute: async (envelope: PayloadEnvelope) => advance(await executor.execute(head.header, envelope)),
  }
}

/** Empty blocks (the L1 info deposit alone) built one after the other, and the blocks. */
async function measureBuild(chain: TestChain) {
  const maker = await createMaker(chain)
  for (let index = 0; index < 50; index++) await maker.build()
  const blocks = 300
  const startMs = performance.now()
  for (let index = 0; index < blocks; index++) await maker.build()
  return rate(blocks, startMs)
}

/** Signed transfers per second, executed as a validator does: decoded, recovered, run, hashed and kept. */
async function measureTransfers(
  chain: TestChain,
  {
    transferBlocks,
    transfersPerBlock,
  }: { readonly transferBlocks: number; readonly transfersPerBlock: number },
) {
  const account = privateKeyToAccount(chain.accounts.users[1]!.privateKey)
  const [builder, validator] = [await createMaker(chain), await createMaker(chain)]
  let nonce = 0
  const blocks: ExecutedBlock[] = []
  for (let index = 0; index < transferBlocks; index++) {
    const transfers = await Promise.all(
      Array.from({ length: transfersPerBlock }, () =>
        account.signTransaction({
          type: 'eip1559',
          chainId: Number(chain.rollup.l2ChainId),
          nonce: nonce++,
          to: '0x00000000000000000000000000000000000000aa',
          value: 1n,
          gas: 21_000n,
          maxFeePerGas: 10_000_000_000n,
        }),
      ),
    )
    blocks.push(await builder.build(transfers))
  }
  const startMs = performance.now()
  for (const block of blocks) await validator.execute(block.envelope)
  return rate(transferBlocks * transfersPerBlock, startMs)
}

/** An engine with an empty datadir catches up with a peer after one forkchoice update. Both share this process. */
async function measureCatchUp(chain: TestChain) {
  const maker = await createMaker(chain)
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bench-'))
  const source = await startTestEl(chain)
  const target = await startTestEl(chain, { datadir: join(directory, 'data') })
  try {
    let head: ExecutedBlock | undefined
    for (let index = 0; index < catchUpBlocks; index++) {
      head = await maker.build()
      await source.engine.newPayload(head.envelope)
    }
    await source.engine.forkchoiceUpdated(headOnly(head!.hash))
    const { enode } = (await source.rpc.request('admin_nodeInfo', [])) as { enode: string }
    await target.rpc.request('admin_addPeer', [enode])
    const startMs = performance.now()
    let status = (await target.engine.forkchoiceUpdated(headOnly(head!.hash))).payloadStatus.status
    while (status !== 'VALID') {
      const number = BigInt((await target.rpc.request('eth_blockNumber', [])) as Hex)
      if (number >= BigInt(catchUpBlocks))
        status = (await target.engine.forkchoiceUpdated(headOnly(head!.hash))).payloadStatus.status
      else await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return { blocks: catchUpBlocks, blocksPerSecond: rate(catchUpBlocks, startMs) }
  } finally {
    await Promise.all([source.close(), target.close()])
    rmSync(directory, { recursive: true })
  }
}

/** Mgas per second on the real blocks of `../shared/vectors/executor`, the fastest of some runs in a warm process. */
async function measureRealBlocks() {
  const folder = fileURLToPath(new URL('../../shared/vectors/executor/', import.meta.url))
  if (!existsSync(folder)) return null
  const blocks: { number: number; gas: number; ms: number; mgasPerSecond: number }[] = []
  for (const name of readdirSync(folder).sort()) {
    const json: unknown = JSON.parse(gunzipSync(readFileSync(`${folder}${name}`)).toString('utf8'))
    let best = Number.POSITIVE_INFINITY
    let block: ExecutedBlock | undefined
    for (let run = 0; run < vectorRuns; run++) {
      const fixture = parseFixture(json)
      const startMs = performance.now()
      block = await executeFixture(fixture)
      best = Math.min(best, performance.now() - startMs)
    }
    const gas = Number(block!.header.gasUsed)
    blocks.push({
      number: Number(block!.header.number),
      gas,
      ms: Math.round(best),
      mgasPerSecond: round(gas / 1000 / best),
    })
  }
  const mean = blocks.reduce((sum, block) => sum + block.mgasPerSecond, 0) / blocks.length
  const total =
    blocks.reduce((sum, { gas }) => sum + gas, 0) / blocks.reduce((sum, { ms }) => sum + ms, 0) / 1000
  return { blocks, meanMgasPerSecond: round(mean), totalMgasPerSecond: round(total) }
}

export async function measureEl() {
  const chain = await createTestChain('jovian')
  return {
    emptyBlocksBuiltPerSecond: await measureBuild(chain),
    transfersExecutedPerSecond: await measureTransfers(chain, { transferBlocks: 40, transfersPerBlock: 50 }),
    blocksWithOneTransferExecutedPerSecond: await measureTransfers(chain, {
      transferBlocks: 600,
      transfersPerBlock: 1,
    }),
    catchUp: await measureCatchUp(chain),
    realBlocks: await measureRealBlocks(),
  }
}

function rate(count: number, startMs: number): number {
  return round(count / ((performance.now() - startMs) / 1000))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
