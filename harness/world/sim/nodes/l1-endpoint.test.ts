import { encodeFunctionData, parseAbi, zeroAddress } from 'viem'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorldEvent } from '../../../events/event.ts'
import { logLevelVariable } from '../../../events/follow-logs.ts'
import { faults } from '../../../faults/vocabulary.ts'
import { simulated } from '../testing/simulated.ts'
import { pair, withFresh } from '../testing/small-topologies.ts'

const depositAbi = parseAbi([
  'function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes data) payable',
])
const deposit = encodeFunctionData({ abi: depositAbi, args: [zeroAddress, 0n, 100_000n, false, '0x'] })

describe('a node whose L1 answers no receipts', () => {
  it('is led to no other finalized chain', () =>
    simulated({ topology: withFresh, stopped: ['fresh'] }, async (given) => {
      const { sequencer, fresh, l1, accounts, rollup, point } = given
      const lying = await point('fresh→l1').install(faults.emptyReceipts())
      await fresh.el.start()
      await fresh.start()
      await Promise.all([sequencer, fresh].map((node) => node.reached('finalized', 2)))
      const [user] = accounts.users
      const hash = await l1.sendTransaction(user!, { to: rollup.depositContractAddress, data: deposit })
      const { blockNumber } = await l1.included(hash)
      const final = await sequencer.reachedL1('finalized', blockNumber)
      expect(lying.hits).toBeGreaterThan(0)
      expect(fresh.running).toBe(true)
      const { localSafeL2, finalizedL2 } = await fresh.status()
      await sequencer.holds(localSafeL2)
      expect(finalizedL2.number).toBeLessThan(final.number)

      await lying.remove()
      await fresh.reached('finalized', final.number)
      await fresh.holds(final)
      const numbers = Array.from({ length: Number(final.number) }, (_, index) => BigInt(index + 1))
      const { client } = fresh.el
      const blocks = await Promise.all(numbers.map((blockNumber) => client.getBlock({ blockNumber })))
      expect(blocks.filter(({ transactions }) => transactions.length === 2)).toHaveLength(1)
    }))
})

describe('two nodes that lost L1 at the same moment', () => {
  it('do not come back to it in step', () =>
    simulated({ topology: pair }, async ({ point, world, events }) => {
      await world.clock.sleep(10_000, world.failed)
      await point('reference→l1').install(faults.refuse())
      await point('sequencer→l1').install(faults.refuse())
      await world.clock.sleep(60_000, world.failed)
      const untilMs = world.clock.nowMs()
      const [one, other] = ['reference→l1', 'sequencer→l1'].map((link) =>
        events.flatMap((event) =>
          event.kind === 'rpc' && event.link === link && event.t > untilMs - 45_000 ? [event.t] : [],
        ),
      )
      expect(Math.min(one!.length, other!.length)).toBeGreaterThan(10)
      expect(one!.filter((atMs) => other!.includes(atMs))).toEqual([])
    }))
})

/** Each block once: no repeat, however many come. */
const oncePerBlock = /^block (published|received|withheld: too old for peers) /

describe('a node', () => {
  beforeEach(() => void vi.stubEnv(logLevelVariable, 'info'))
  afterEach(() => void vi.unstubAllEnvs())

  it.each(['L1', 'the execution engine'])('does not flood its log while %s is away', (what) =>
    simulated({ topology: pair }, async ({ point, world, events }) => {
      await world.clock.sleep(10_000, world.failed)
      const links =
        what === 'L1'
          ? (['reference→l1', 'sequencer→l1'] as const)
          : (['reference→reference-el(engine)', 'sequencer→sequencer-el(engine)'] as const)
      await Promise.all(links.map((link) => point(link).install(faults.refuse())))
      await world.clock.sleep(60_000, world.failed)
      for (const name of world.cls.keys()) {
        const told = events.filter(
          (event): event is Extract<WorldEvent, { kind: 'log' }> =>
            event.kind === 'log' && event.component === name && !oncePerBlock.test(event.message),
        )
        const kinds = Map.groupBy(told, ({ message }) =>
          [message.split(/ \w+=/, 1)[0], /task=\S+/.exec(message)?.[0]].join(' '),
        )
        for (const [kind, lines] of kinds) expect(lines.length, kind).toBeLessThanOrEqual(8)
        const failures = told.filter(({ level, message }) => level === 'warn' && message.includes(' error='))
        expect(failures.length).toBeGreaterThan(3)
      }
    }),
  )
})
