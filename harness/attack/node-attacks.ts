import type { Hash } from 'viem'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { testRollupConfig } from '../../node/network/testing/blocks.ts'
import {
  startStubServers,
  startStubSource,
  stubL1Genesis,
  stubL2Genesis,
} from '../../node/testing/stub-servers.ts'
import type { Attack, Measured } from './attack.ts'
import { within } from './gossip-stranger.ts'
import { nodeBound, startNodeVictim } from './node-victim.ts'
import { createReorgingL1 } from './reorging-l1.ts'
import { createShownHeads } from './shown-heads.ts'
import { asServedAt, startTurncoat, type Turncoat, turns } from './turncoat.ts'

const clock = createSystemClock()
const attackMs = 8_000
/** After this a node must have seen that L1 has another head. */
const seenMsMax = 3_000
const headNames = ['head_l1', 'unsafe_l2', 'safe_l2', 'finalized_l2'] as const

/** What a follower asks, and what that honestly says. */
interface NodeTarget {
  readonly l1: Turncoat
  readonly source: Turncoat
  /** The hash of each head of the node, as it says itself. */
  heads(): Promise<Readonly<Record<string, Hash>>>
}

/**
 * An attack on a node that follows, by those that it asks: are its own callers answered meanwhile, does it ask the honest
 * ones again afterwards, and has it the same heads as before?
 */
function nodeAttack(
  name: string,
  act: (target: NodeTarget) => Promise<Measured> | Promise<void>,
  ownBound: Measured = {},
): Attack {
  return {
    name,
    bound: { ...nodeBound, ...ownBound },
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
        const status = (await rpc.request('optimism_syncStatus', [])) as Record<string, { hash: Hash }>
        return Object.fromEntries(headNames.map((head) => [head, status[head]?.hash ?? '0x']))
      }
      const said = async () => JSON.stringify(await heads())
      const isReady = async () => {
        const { head_l1, unsafe_l2 } = await heads()
        return head_l1 === l1Genesis.hash && unsafe_l2 === l2Genesis.hash
      }
      if (!(await within(isReady)))
        throw new Error('expected the node to see its L1 before the attack, it did not')
      const before = await said()
      await victim.begin()
      let own: Measured = {}
      const answers = await whileAsked(async () => {
        own = (await Promise.resolve(act({ l1, source, heads }))) ?? {}
      })
      l1.turn(null)
      source.turn(null)
      const isAsked = await within(() => l1.asked > 0 && source.asked > 0)
      const isSame = await within(async () => (await said().catch(() => null)) === before)
      const wrong = { unasked: isAsked ? 0 : 1, wrongHeads: isSame ? 0 : 1 }
      return { ...(await victim.end()), ...answers, ...wrong, ...own }
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
  nodeAttack(
    'node: L1 reorgs to a lower height every second',
    async ({ l1, heads }) => {
      const before = await heads()
      const reorging = createReorgingL1()
      const shown = createShownHeads(before['head_l1'] as Hash, clock.nowMs, seenMsMax)
      const seen = new Set<Hash>()
      l1.turn(reorging.answer)
      shown.show(reorging.head)
      let strayHeads = 0
      for (let times = 0; times < 15; times++) {
        for (const overMs = clock.nowMs() + 1_000; clock.nowMs() < overMs; await clock.sleep(100)) {
          const { head_l1, ...others } = await heads()
          seen.add(head_l1 as Hash)
          // Of L2 it has genesis alone, whatever L1 does.
          const isSame = Object.entries(others).every(([name, hash]) => hash === before[name])
          if (!isSame || !shown.mayHold(head_l1 as Hash)) strayHeads++
        }
        reorging.reorg()
        shown.show(reorging.head)
      }
      return { strayHeads, headsSeen: seen.size }
    },
    { strayHeads: 0 },
  ),
]
