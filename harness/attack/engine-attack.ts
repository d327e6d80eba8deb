import type { Hash } from 'viem'
import { createEngineApi } from '../../node/adapters/engine/engine-api.ts'
import { createEngineAuthHeaders } from '../../node/adapters/engine/engine-jwt.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { EngineApi } from '../../node/ports/engine-api.ts'
import { buildBlock, type TestChain, testAttributes, testJwtSecret } from '../el/testing/test-el.ts'
import { answerP99MsMax, probeAnswers } from './answer-probe.ts'
import { type Attack, commonBound, type Measured } from './attack.ts'
import { attackChain } from './victims/attack-chain.ts'
import type { EngineInfo } from './victims/engine.ts'
import { startVictim } from './victims/victim.ts'

/** What an attack on an engine has: its addresses, clients of both ports, and its consensus layer's view. */
export interface EngineTarget extends EngineInfo {
  readonly rpc: JsonRpcClient
  readonly auth: JsonRpcClient
  readonly engine: EngineApi
  readonly chain: TestChain
  readonly genesis: Hash
  readonly signal: AbortSignal
}

export interface EngineAttackOptions {
  readonly name: string
  readonly bound?: Measured
  /** What it measures beside what is measured of every engine. */
  act(target: EngineTarget): Promise<Measured> | Promise<void>
}

const timeoutMs = 120_000
/** A block long after any that an attack builds, so that its hash is the same whatever came before. */
const lastBlockSeconds = 1_000n
let neverAttacked: Promise<Hash> | undefined

/** An attack on an engine of its own: is a small call answered meanwhile, and does it build the right block afterwards? */
export function engineAttack({ name, bound = {}, act }: EngineAttackOptions): Attack {
  return {
    name,
    bound: { ...commonBound, answerP99Ms: answerP99MsMax, ...bound },
    async run(signal) {
      neverAttacked ??= withEngine(signal, lastBlock)
      const expected = await neverAttacked
      return await withEngine(signal, async (target, victim) => {
        await victim.begin()
        const over = new AbortController()
        const latencies = probeAnswers((until) => target.rpc.request('eth_blockNumber', [], until), {
          pid: victim.pid,
          over: over.signal,
        })
        const own = await Promise.resolve(act(target)).finally(() => over.abort())
        const answers = await latencies
        const found = victim.isAlive ? await lastBlock(target).catch(() => null) : null
        return { ...(await victim.end()), ...answers, wrongHeads: found === expected ? 0 : 1, ...(own ?? {}) }
      })
    },
  }
}

async function withEngine<T>(
  signal: AbortSignal,
  use: (target: EngineTarget, victim: Awaited<ReturnType<typeof startVictim<EngineInfo>>>) => Promise<T>,
): Promise<T> {
  const chain = await attackChain()
  await using victim = await startVictim<EngineInfo>('engine', signal)
  const { httpUrl, authUrl } = victim.info
  const rpc = createHttpRpcClient({ url: httpUrl, timeoutMs })
  const headers = createEngineAuthHeaders(testJwtSecret, createSystemClock())
  const auth = createHttpRpcClient({ url: authUrl, timeoutMs, headers })
  const engine = createEngineApi({ rpc: auth, forks: chain.rollup.forks, secretName: 'the test secret' })
  const { hash } = (await rpc.request('eth_getBlockByNumber', ['0x0', false])) as { hash: Hash }
  return await use({ ...victim.info, rpc, auth, engine, chain, genesis: hash, signal }, victim)
}

async function lastBlock({ engine, chain, genesis }: EngineTarget): Promise<Hash> {
  const attributes = testAttributes(chain, lastBlockSeconds, { noTxPool: true })
  return (await buildBlock({ engine }, genesis, attributes)).payload.blockHash
}
