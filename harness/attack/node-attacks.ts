import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { testRollupConfig } from '../../node/network/testing/blocks.ts'
import {
  startStubServers,
  startStubSource,
  stubL1Genesis,
  stubL2Genesis,
} from '../../node/testing/stub-servers.ts'
import type { Attack } from './attack.ts'
import { within } from './gossip-stranger.ts'
import { nodeBound, startNodeVictim } from './node-victim.ts'
import { createReorgingL1 } from './reorging-l1.ts'
import { asServedAt, startTurncoat, type Turncoat, turns } from './turncoat.ts'

const clock = createSystemClock()
const attackMs = 8_000

/** What a follower asks, and what that honestly says. */
interface NodeTarget {
  readonly l1: Turncoat
  readonly source: Turncoat
}

/**
 * An attack on a node that follows, by those that it asks: are its own callers answered meanwhile, does it ask the honest
 * ones again afterwards, and has it the same heads as before?
 */
function nodeAttack(name: string, act: (target: NodeTarget) => Promise<void>): Attack {
  return {
    name,
    bound: nodeBound,
    async run(signal) {
      const base = testRollupConfig('isthmus')
      const l1Genesis = { hash: stubL1Genesis().hash, number: 0n }
      const l2Genesis = { hash: stubL2Genesis().hash, number: 0n }
      const rollup = { ...base, genesis: { ...base.genesis, l1: l1Genesis, l2: l2Genesis } }
      await using stack = new AsyncDisposableStack()
      const stubs = await startStubServers(rollup)
      stack.defer(() => stubs.close())
      const honest = await startStubSource(rollup)
      stack.defer(() => honest.close())
      const l1 = stack.use(await startTurncoat(asServedAt(stubs.l1.url)))
      const source = stack.use(await startTurncoat(asServedAt(honest.url)))
      const { victim, rpc, whileAsked } = await startNodeVictim(stack, signal, {
        rollup,
        flags: ['--l1', l1.url, '--l2', stubs.engine.url, '--l2.follow.source', source.url],
      })
      const heads = async () => {
        const status = (await rpc.request('optimism_syncStatus', [])) as Record<string, { hash: string }>
        return ['head_l1', 'unsafe_l2', 'safe_l2', 'finalized_l2'].map((head) => status[head]?.hash).join(' ')
      }
      if (!(await within(async () => (await heads()).startsWith(`${l1Genesis.hash} ${l2Genesis.hash}`))))
        throw new Error('expected the node to see its L1 before the attack, it did not')
      const before = await heads()
      await victim.begin()
      const answers = await whileAsked(() => act({ l1, source }))
      l1.turn(null)
      source.turn(null)
      const isAsked = await within(() => l1.asked > 0 && source.asked > 0)
      const isSame = await within(async () => (await heads().catch(() => null)) === before)
      const wrong = { unasked: isAsked ? 0 : 1, wrongHeads: isSame ? 0 : 1 }
      return { ...(await victim.end()), ...answers, ...wrong }
    },
  }
}

export const nodeAttacks: readonly Attack[] = [
  ...(['source', 'l1'] as const).flatMap((who) =>
    Object.entries(turns).map(([name, turn]) =>
      nodeAttack(`node: ${who === 'l1' ? 'L1' : 'the source'} answers ${name}`, async (target) => {
        target[who].turn(turn)
        await clock.sleep(attackMs)
      }),
    ),
  ),
  nodeAttack('node: L1 reorgs to a lower height every second', async ({ l1 }) => {
    const reorging = createReorgingL1()
    l1.turn(reorging.answer)
    for (let times = 0; times < 15; times++) {
      await clock.sleep(1_000)
      reorging.reorg()
    }
  }),
]
