import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RollupConfig, rollupConfigToJson } from '../../node/config/rollup-config.ts'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { answerP99MsMax, probeAnswers } from './answer-probe.ts'
import { commonBound, type Measured } from './attack.ts'
import type { NodeInfo } from './victims/node.ts'
import { startVictim, type Victim } from './victims/victim.ts'

/** What holds for every node under attack. `unasked`: those that it asks were asked honestly again afterwards. */
export const nodeBound = { ...commonBound, answerP99Ms: answerP99MsMax, unasked: 0 } as const

/** Between two questions; a caller that asks without a pause would be an attack of its own. */
const pauseMs = 10

export interface NodeVictim {
  readonly victim: Victim<NodeInfo>
  readonly rpc: JsonRpcClient
  /** Asks for its status again and again meanwhile. */
  whileAsked(act: () => Promise<void>): Promise<Measured>
}

/** A `lockstep node` without p2p. Ended, and its files removed, by the stack. */
export async function startNodeVictim(
  stack: AsyncDisposableStack,
  signal: AbortSignal,
  { rollup, flags }: { readonly rollup: RollupConfig; readonly flags: readonly string[] },
): Promise<NodeVictim> {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-attack-'))
  stack.defer(() => rm(directory, { recursive: true }))
  const [rollupPath, jwtPath] = [join(directory, 'rollup.json'), join(directory, 'jwt.hex')]
  await writeFile(rollupPath, JSON.stringify(rollupConfigToJson(rollup)))
  await writeFile(jwtPath, '00'.repeat(32), { mode: 0o600 })
  const victim = stack.use(
    await startVictim<NodeInfo>('node', signal, [
      ...['--l2.jwt-secret', jwtPath, '--rollup.config', rollupPath],
      ...['--rpc.port', '0', '--p2p.disable'],
      ...flags,
    ]),
  )
  const rpc = createHttpRpcClient({ url: victim.info.rpcUrl, timeoutMs: 10_000 })
  return {
    victim,
    rpc,
    async whileAsked(act) {
      const over = new AbortController()
      const answers = probeAnswers((until) => rpc.request('optimism_syncStatus', [], until), {
        ...{ pid: victim.pid, over: over.signal, pauseMs },
      })
      await act().finally(() => over.abort())
      return await answers
    },
  }
}
