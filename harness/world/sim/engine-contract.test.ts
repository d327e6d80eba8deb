import { privateKeyToAccount } from 'viem/accounts'
import { beforeAll, describe, expect, it } from 'vitest'
import { createEngineApi } from '../../../node/adapters/engine/engine-api.ts'
import { parseGenesis } from '../../el/execution/genesis.ts'
import type { Genesis } from '../../el/execution/types.ts'
import { Answers, type ContractEngine, type ContractStand } from '../../el/testing/engine-contract.ts'
import { type ContractCase, engineContract } from '../../el/testing/engine-contract-cases.ts'
import { createTestChain, silentLogger, type TestChain, testAttributes } from '../../el/testing/test-el.ts'
import { createEventStream } from '../../events/stream.ts'
import { type EngineKind, engineKinds } from '../engine-kind.ts'
import { createRandomStreams } from '../random-streams.ts'
import { loadExecution } from './load-execution.ts'
import { createMemoryLink } from './memory-link.ts'
import { createMemoryPeers } from './memory-peers.ts'
import { createSharedExecution } from './shared-execution.ts'
import { createSimEngine } from './sim-engine.ts'
import { executionOf } from './sim-execution.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

let chain: TestChain
let genesis: Genesis

/** Two engines of that kind with all that a simulated world gives to engines. */
async function standOf(kind: EngineKind, world: VirtualClock): Promise<ContractStand> {
  const execution = await executionOf[kind](genesis)
  const events = createEventStream(world)
  const random = createRandomStreams('contract')
  const peers = createMemoryPeers({ clock: world, path: () => 1 })
  const executorOf = createSharedExecution(execution)

  async function start(name: string) {
    const { lifecycle, provider } = createSimEngine({
      ...{ name, world, events, genesis, executorOf, persistent: true, peers },
      ...{ random: random(name), restarts: random(`${name} restarts`) },
      ...{ chainConfigJson: {}, logger: silentLogger },
      onUnexpectedExit(error) {
        throw error
      },
    })
    const link = createMemoryLink({
      ...{
        clock: world,
        events,
        random,
        nextId: () => 1,
        name: `test→${name}`,
        provider,
        latencyMs: () => 0,
      },
    })
    const rpc = link.client(world, 10_000)
    await lifecycle.start()
    const hashOf = async (label: string) =>
      (
        (await rpc.request('eth_getBlockByNumber', [label, false]).catch(() => null)) as {
          hash: `0x${string}`
        } | null
      )?.hash ?? null
    const engine: ContractEngine = {
      api: createEngineApi({ rpc, forks: chain.rollup.forks, secretName: 'none' }),
      send: async (raw) => void (await rpc.request('eth_sendRawTransaction', [raw])),
      labels: async () => ({
        ...{
          latest: await hashOf('latest'),
          safe: await hashOf('safe'),
          finalized: await hashOf('finalized'),
        },
      }),
      async restart() {
        await lifecycle.stop()
        await lifecycle.start()
      },
      async wipe() {
        await lifecycle.wipe()
        await lifecycle.start()
      },
    }
    return { engine, rpc }
  }

  const [first, second] = [await start('first'), await start('second')]
  const account = privateKeyToAccount(chain.accounts.users[2]!.privateKey)
  return {
    genesis: execution.first.block.hash,
    ...{ engine: first.engine, peer: second.engine },
    async connect() {
      await first.rpc.request('admin_addPeer', ['lockstep://second'])
    },
    wait: (ms) => world.sleep(ms),
    attributes: (seconds, over) => testAttributes(chain, BigInt(seconds), over),
    transfer: (nonce) =>
      account.signTransaction({
        ...{ type: 'eip1559', chainId: Number(chain.rollup.l2ChainId), nonce, gas: 21_000n, value: 1n },
        ...{ to: account.address, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n },
      }),
  }
}

async function answersOf(kind: EngineKind, one: ContractCase): Promise<readonly string[]> {
  const world = createVirtualClock({ startMs: Number(chain.rollup.genesis.l2Time) * 1000 })
  const run = async () => {
    const stand = await standOf(kind, world)
    const says = new Answers(stand)
    await one.run(stand, says)
    return says.lines
  }
  return world.runUntil(run())
}

describe('the Engine API, which every engine of a simulated world answers alike', () => {
  beforeAll(async () => {
    await loadExecution()
    chain = await createTestChain('karst')
    genesis = parseGenesis(chain.genesisJson)
  })

  it.each(engineContract)('$name', async (one) => {
    for (const kind of engineKinds) expect(await answersOf(kind, one), kind).toEqual(one.answers)
  })
})
