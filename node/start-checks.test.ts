import { describe, expect, it } from 'vitest'
import type { RollupConfig } from './config/rollup-config.ts'
import { createFakeEngine } from './engine/testing/fake-engine.ts'
import { createTestChain } from './engine/testing/test-chain.ts'
import { EngineAuthError } from './ports/engine-api.ts'
import { createFakeBeacon } from './ports/testing/fake-beacon.ts'
import { createFakeClock } from './ports/testing/fake-clock.ts'
import { createFakeL1 } from './ports/testing/fake-l1.ts'
import { createFakeRandom } from './ports/testing/fake-random.ts'
import { createSilentLogger } from './ports/testing/silent-logger.ts'
import { zeroHash } from './protocol/refs.ts'
import type { UpgradeBundles } from './protocol/upgrade-bundle.ts'
import { checkStart } from './start-checks.ts'

function setUp(
  change: (config: RollupConfig) => Partial<RollupConfig> = () => ({}),
  upgrades: UpgradeBundles | null = {},
  random = createFakeRandom(),
) {
  const l1 = createFakeL1()
  const chain = createTestChain(l1.at(0n))
  const el = createFakeEngine(chain)
  const clock = createFakeClock()
  const beacon = createFakeBeacon()
  const logger = createSilentLogger()
  const rollup = { ...chain.config, ...change(chain.config) }
  const check = (ignoreBeacon = false) =>
    checkStart(
      {
        rollup,
        upgrades,
        l1,
        beacon,
        ignoreBeacon,
        l2: el,
        engine: el,
        clock,
        random,
        logger,
      },
      new AbortController().signal,
    )
  return { l1, el, beacon, logger, clock, check }
}

describe('checks before the node starts', () => {
  it('let the right environment pass', async () => {
    await setUp().check()
  })

  it.each<[string, (config: RollupConfig) => Partial<RollupConfig>, RegExp]>([
    ['L1 of another chain', () => ({ l1ChainId: 1n }), /own L1 is on chain: expected 1, found 900/],
    [
      'L1 with another genesis',
      ({ genesis }) => ({ genesis: { ...genesis, l1: { ...genesis.l1, hash: zeroHash } } }),
      /own L1 block 0, the rollup's L1 genesis: expected 0x00.*, found 0x/,
    ],
    ['engine of another chain', () => ({ l2ChainId: 10n }), /engine is on chain: expected 10, found 901/],
    [
      'engine with another genesis',
      ({ genesis }) => ({ genesis: { ...genesis, l2: { ...genesis.l2, hash: zeroHash } } }),
      /execution engine's block 0.*expected 0x00.*, found 0x/,
    ],
  ])('%s: names both values', async (_name, change, message) => {
    await expect(setUp(change).check()).rejects.toThrow(message)
  })

  describe('of a fork that activates after genesis', () => {
    const karstSoon = ({ forks, genesis }: RollupConfig) => ({
      forks: { ...forks, jovian: 0n, karst: genesis.l2Time + 7n },
    })

    it('refuse to start without its upgrade bundle', async () => {
      await expect(setUp(karstSoon).check()).rejects.toThrow(
        /^karst activates at time \d+, after genesis: expected the upgrade bundle of karst, found none; give --rollup/,
      )
    })

    it.each<[string, UpgradeBundles | null]>([
      ['let a node with the bundle pass', { karst: [] }],
      ['let a node pass that neither derives nor builds', null],
    ])('%s', async (_, upgrades) => {
      await setUp(karstSoon, upgrades).check()
    })
  })

  it('wait for what starts beside us', async () => {
    const { l1, clock, check } = setUp()
    l1.failure = new Error('connection refused')
    const checked = check()
    await clock.advance(3_000)
    l1.failure = null
    await clock.advance(2_000)
    await checked
  })

  it('ask at moments of their own, so that nodes that start together do not ask together', async () => {
    const asks: number[] = []
    for (const byte of [0, 255]) {
      const { l1, clock, check } = setUp(undefined, {}, createFakeRandom(byte))
      l1.failure = new Error('connection refused')
      const startMs = clock.nowMs()
      const checked = check()
      await clock.settle()
      l1.failure = null
      while (clock.sleeping > 0) await clock.advance(1)
      await checked
      asks.push(clock.nowMs() - startMs)
    }
    expect(asks).toEqual([100, 76])
  })

  it('give up on an L1 that is not there', async () => {
    const { l1, clock, check } = setUp()
    l1.failure = new Error('connection refused')
    const checked = check().catch((error: unknown) => error)
    await clock.advance(20_000)
    expect(String(await checked)).toMatch(/own L1: expected an answer within 10 s, found: connection refused/)
  })

  it.each([
    [3_000, 'and start when it has'],
    [20_000, 'and give up, naming the block'],
  ])('wait for an engine that does not have its genesis for %d ms, %s', async (ms) => {
    const { el, clock, check } = setUp()
    const { blockByNumber } = el
    el.blockByNumber = async () => null
    const checked = check().then(
      () => 'started',
      (error: unknown) => String(error),
    )
    await clock.advance(ms)
    el.blockByNumber = blockByNumber
    await clock.advance(2_000)
    expect(await checked).toMatch(
      ms === 3_000
        ? /^started$/
        : /the execution engine: expected an answer within 10 s, found: no block 0: expected .* 0x[0-9a-f]{64}; check/,
    )
  })

  it.each([
    [3_000, 'and start when it has'],
    [20_000, 'and give up, naming the block'],
  ])('wait for an L1 that does not have the genesis of the rollup for %d ms, %s', async (ms) => {
    const { l1, clock, check } = setUp()
    const { headerByNumber } = l1
    l1.headerByNumber = async () => null
    const checked = check().then(
      () => 'started',
      (error: unknown) => String(error),
    )
    await clock.advance(ms)
    l1.headerByNumber = headerByNumber
    await clock.advance(2_000)
    expect(await checked).toMatch(
      ms === 3_000
        ? /^started$/
        : /own L1: expected an answer within 10 s, found: no block 0: expected .* 0x[0-9a-f]{64}; check/,
    )
  })

  it('give up on a beacon that is not there, and say which flag names it', async () => {
    const { beacon, clock, check } = setUp()
    beacon.failure = new Error('connection refused')
    const checked = check().catch((error: unknown) => error)
    await clock.advance(20_000)
    expect(String(await checked)).toMatch(
      /--l1\.beacon\): expected an answer within 10 s, found: connection refused/,
    )
  })

  it('only tell of a beacon that need not be there', async () => {
    const { beacon, logger, check } = setUp()
    beacon.failure = new Error('connection refused')
    await check(true)
    expect(logger.lines).toEqual([
      expect.objectContaining({ level: 'warn', fields: { error: 'connection refused' } }),
    ])
  })

  it('do not repeat a refused secret', async () => {
    const { el, check } = setUp()
    el.failure = (method) => (method === 'exchangeCapabilities' ? new EngineAuthError('wrong secret') : null)
    await expect(check()).rejects.toThrow('wrong secret')
  })
})
