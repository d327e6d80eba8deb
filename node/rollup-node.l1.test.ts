import { concatHex, type Hex, numberToHex } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { createL1Source } from './adapters/l1/l1-source.ts'
import { createFakeL1Rpc } from './adapters/testing/fake-l1-rpc.ts'
import { absenceStyles } from './json-rpc/testing/absence-style.ts'
import type { L1Receipt } from './ports/l1-source.ts'
import { createFakeRandom } from './ports/testing/fake-random.ts'
import { createSilentLogger } from './ports/testing/silent-logger.ts'
import { transactionDepositedTopic } from './protocol/deposit-log.ts'
import { createNodeWorld, type NodeWorld, onOneChain } from './testing/node-world.ts'

let world: NodeWorld
afterEach(() => world.stop())

/** A deposit of nothing to nobody, as the deposit contract logs it. */
function depositReceipt(contract: Hex): L1Receipt {
  const word = (value: bigint) => numberToHex(value, { size: 32 })
  const opaque = concatHex([word(0n), word(0n), numberToHex(100_000n, { size: 8 }), '0x00'])
  const data = concatHex([word(32n), word(73n), opaque, `0x${'00'.repeat(23)}`])
  const topics = [transactionDepositedTopic, word(0xaan), word(0xbbn), word(0n)]
  const log = { address: contract, topics, data, logIndex: 0 }
  return { transactionHash: word(1n), status: 'success', logs: [log] }
}

describe('a node on a real client’s L1', () => {
  it('with --l1.trustrpc, is led to no other finalized chain by an L1 that answers no receipts', async () => {
    world = createNodeWorld()
    let lies = true
    let asked = 0
    const rpc = createFakeL1Rpc(world.l1, {
      intercept: (method) => {
        if (method !== 'eth_getBlockReceipts') return undefined
        asked++
        return lies ? [] : undefined
      },
    })
    const { clock } = world
    const l1 = createL1Source({
      rpc,
      clock,
      random: createFakeRandom(),
      logger: createSilentLogger(),
      trustRpc: true,
    })
    const honest = await world.start('honest')
    await world.start('sequencer', { follows: honest, sequencer: {} })
    const trusting = await world.start('trusting', { l1 })
    await world.until('the honest one has finalized', () => honest.status().finalizedL2.number >= 2n)
    world.l1.mine(1, { receipts: [depositReceipt(world.chain.config.depositContractAddress)] })
    const target = honest.status().unsafeL2.number + 8n
    await world.until('the deposit is final', () => honest.status().finalizedL2.number >= target)
    expect(asked).toBeGreaterThan(0)
    expect(trusting.failure).toBeNull()
    expect(onOneChain(honest, trusting, 'localSafeL2')).toBe(true)
    expect(trusting.status().finalizedL2.number).toBeLessThan(target)

    lies = false
    await world.until('the trusting one has it, too', () => trusting.status().finalizedL2.number >= target)
    expect(onOneChain(honest, trusting, 'localSafeL2')).toBe(true)
    expect(trusting.el.at(target)).toEqual(honest.el.at(target))
    const deposits = (number: bigint) => trusting.el.at(number).payload.transactions.length
    const numbers = Array.from({ length: Number(target) }, (_, index) => BigInt(index + 1))
    expect(numbers.filter((number) => deposits(number) === 2)).toHaveLength(1)
  })

  it('does not come back to it in step with another that lost it at the same moment', async () => {
    world = createNodeWorld()
    const { clock } = world
    let isAway = false
    const askedAt: number[][] = []
    for (const byte of [0, 255]) {
      const times: number[] = []
      askedAt.push(times)
      const rpc = createFakeL1Rpc(world.l1, {
        intercept() {
          if (!isAway) return
          times.push(clock.nowMs())
          throw new Error('connection refused')
        },
      })
      const random = createFakeRandom(byte)
      const l1 = createL1Source({ rpc, clock, random, logger: createSilentLogger(), trustRpc: true })
      await world.start(`with ${byte}`, { l1, random })
    }
    await world.pass(10)
    isAway = true
    await world.pass(120)
    const [one = [], other = []] = askedAt.map((times) =>
      times.filter((atMs) => atMs > clock.nowMs() - 90_000),
    )
    expect(Math.min(one.length, other.length)).toBeGreaterThan(15)
    expect(one.filter((atMs) => other.includes(atMs))).toEqual([])
  })

  it.each(absenceStyles)(
    'starts from genesis, finalizes and follows where "none" is told by %s',
    async (absence) => {
      world = createNodeWorld({ absence })
      const reference = await world.start('reference')
      const sequencer = await world.start('sequencer', { follows: reference, sequencer: {} })
      const follower = await world.start('follower', { follows: reference })
      const nodes = [reference, sequencer, follower]
      await world.until('finalized 3', () =>
        nodes.every((node) => node.failure === null && node.status().finalizedL2.number >= 3n),
      )
      // A reorg walks back, and asks for what is not there any more.
      world.l1.reorg(world.l1.head.number - 1n, 1)
      const target = follower.status().unsafeL2.number + 6n
      await world.until('goes on after a reorg', () =>
        nodes.every((node) => node.failure === null && node.status().localSafeL2.number >= target),
      )
      expect(onOneChain(reference, follower, 'localSafeL2')).toBe(true)
    },
  )
})
