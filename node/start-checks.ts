import { createBackOff } from './concurrency/back-off.ts'
import { errorText } from './concurrency/error-text.ts'
import type { RollupConfig } from './config/rollup-config.ts'
import { NodeError, type NodeErrorCode } from './errors/node-error.ts'
import type { Beacon } from './ports/beacon.ts'
import type { Clock } from './ports/clock.ts'
import { type EngineApi, EngineAuthError } from './ports/engine-api.ts'
import type { L1Source } from './ports/l1-source.ts'
import type { L2Source } from './ports/l2-source.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { UpgradeBundles } from './protocol/upgrade-bundle.ts'
import { missingUpgrades } from './protocol/upgrade-transactions.ts'

/** The node cannot start with this configuration or in this environment. */
export class StartCheckError extends NodeError {
  override readonly name: string = 'StartCheckError'
  override readonly code: NodeErrorCode = 'start-check'
}

export interface StartCheckOptions {
  readonly rollup: RollupConfig
  /** Null: the node neither derives nor builds blocks, and needs none. */
  readonly upgrades: UpgradeBundles | null
  readonly l1: L1Source
  /** Null: no blobs are read. */
  readonly beacon: Beacon | null
  /** A beacon that does not answer is told of once and does not end the start. */
  readonly ignoreBeacon: boolean
  readonly l2: L2Source
  readonly engine: EngineApi
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** How long a program that starts beside us may take until it answers. Default 10 s. */
  readonly patienceMs?: number | undefined
}

const defaultPatienceMs = 10_000

/**
 * Checks before anything runs that L1 and the execution engine are there, let us in, and are on the rollup's chains.
 * A node that derives or builds blocks must have the upgrade bundles of the forks that its engine's chain has yet to cross.
 * What cannot be asked is asked again for `patienceMs`; a wrong answer ends the start at once.
 * @throws StartCheckError naming what was expected and what was found.
 */
export async function checkStart(options: StartCheckOptions, signal: AbortSignal): Promise<void> {
  const { rollup, l1, l2, engine } = options
  const { genesis } = rollup
  const ask = patientAsk(options, signal)

  expectEqual('own L1 is on chain', rollup.l1ChainId, await ask('own L1', () => l1.chainId(signal)))
  // One that syncs has it soon, and a proxy may have lost the answer.
  const l1Genesis = await ask('own L1', async () => {
    const block = await l1.headerByNumber(genesis.l1.number, signal)
    if (block !== null) return block
    throw new Error(
      `no block ${genesis.l1.number}: expected the rollup's L1 genesis ${genesis.l1.hash}; check the rollup config and the URLs`,
    )
  })
  expectEqual(`own L1 block ${genesis.l1.number}, the rollup's L1 genesis`, genesis.l1.hash, l1Genesis.hash)

  await ask('the engine API', () => engine.exchangeCapabilities(signal))
  expectEqual(
    'the execution engine is on chain',
    rollup.l2ChainId,
    await ask('the execution engine', () => l2.chainId(signal)),
  )
  // Every engine has its genesis: one that answers null is not ready, or a proxy before it lost the answer.
  const l2Genesis = await ask('the execution engine', async () => {
    const block = await l2.blockByNumber(genesis.l2.number, signal)
    if (block !== null) return block
    throw new Error(
      `no block ${genesis.l2.number}: expected the rollup's L2 genesis ${genesis.l2.hash}; check the rollup config and the URLs`,
    )
  })
  expectEqual(
    `the execution engine's block ${genesis.l2.number}, the rollup's L2 genesis`,
    genesis.l2.hash,
    l2Genesis.payload.blockHash,
  )
  if (options.upgrades !== null) {
    const finalized = await ask('the execution engine', () => l2.blockByLabel('finalized', signal))
    const from = finalized?.payload.timestamp ?? genesis.l2Time
    const missing = missingUpgrades(rollup, options.upgrades, from)
    if (missing !== null) throw new StartCheckError(missing)
  }
  await checkBeacon(options, ask, signal)
}

async function checkBeacon(
  { beacon, ignoreBeacon, logger }: StartCheckOptions,
  ask: ReturnType<typeof patientAsk>,
  signal: AbortSignal,
): Promise<void> {
  if (beacon === null) return
  const check = () => beacon.check(signal)
  if (!ignoreBeacon) return ask('the beacon of own L1 (--l1.beacon)', check)
  await check().catch((error: unknown) => {
    signal.throwIfAborted()
    logger.warn('the beacon does not answer: batches in blobs wait for it', { error: errorText(error) })
  })
}

function expectEqual<T extends bigint | string>(what: string, expected: T, found: T | undefined): void {
  if (found === expected) return
  throw new StartCheckError(
    `${what}: expected ${expected}, found ${found ?? 'none'}; check the rollup config and the URLs`,
  )
}

function patientAsk(options: StartCheckOptions, signal: AbortSignal) {
  const { clock, random, logger, patienceMs = defaultPatienceMs } = options
  const giveUpMs = clock.nowMs() + patienceMs
  return async <T>(whom: string, call: () => Promise<T>): Promise<T> => {
    const backOff = createBackOff({ firstMs: 100, maxMs: 500, random })
    for (;;) {
      try {
        return await call()
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof EngineAuthError) throw new StartCheckError(error.message, { cause: error })
        if (clock.nowMs() >= giveUpMs)
          throw new StartCheckError(
            `${whom}: expected an answer within ${patienceMs / 1000} s, found: ${errorText(error)}`,
            { cause: error },
          )
        logger.warn('waiting at start', { for: whom, error: errorText(error) })
        await clock.sleep(backOff.next(), signal)
      }
    }
  }
}
