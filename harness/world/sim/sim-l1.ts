import type { Clock } from '../../../node/ports/clock.ts'
import type { Random } from '../../../node/ports/random.ts'
import type { EventStream } from '../../events/stream.ts'
import type { FaultStand } from '../../faults/fault-stand.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import { createAnvilClient } from '../../l1/anvil-client.ts'
import { createBeaconAnswers } from '../../l1/beacon-answers.ts'
import { createBlobPool } from '../../l1/blob-pool.ts'
import { createL1Controller, type L1Controller } from '../../l1/controller.ts'
import { ForkTree } from '../../l1/fork-tree.ts'
import { createL1Methods } from '../../l1/gateway.ts'
import { recordL1Event } from '../l1-events.ts'
import type { L1View } from '../l1-view.ts'
import { createDirectClient } from './direct-client.ts'
import { createEventLogger } from './event-logger.ts'
import { createMemoryAnvil } from './memory-anvil.ts'
import type { Provider } from './provider.ts'
import type { SimChain } from './sim-chain.ts'

export interface SimL1Options {
  readonly chain: Pick<SimChain, 'rollup' | 'l1Execution'>
  readonly parameters: ChainParameters
  /** Of block 0, in seconds. */
  readonly genesisTime: bigint
  readonly view: L1View
  readonly clock: Clock
  readonly events: EventStream
  readonly random: Random
  /** Where the faults of what a consumer sees stand. */
  readonly consumers: (consumer: string) => readonly FaultStand[]
}

export interface SimL1 {
  readonly controller: L1Controller
  /** L1 as that consumer sees it; the empty name stands for nobody. */
  providerFor(consumer: string): Provider
  /** Its beacon, as that consumer sees it. */
  beaconFor(consumer: string): Provider
}

/** L1 with the real controller, gateway and views over an anvil in memory. Production is off. */
export async function createSimL1(options: SimL1Options): Promise<SimL1> {
  const { chain, parameters, clock, events, view, consumers } = options
  const methods = await createMemoryAnvil({
    ...{ execution: await chain.l1Execution(), clock, random: options.random },
    logger: createEventLogger({ component: 'l1', events, level: 'warn' }),
  })
  const anvil = createAnvilClient(createDirectClient('anvil', methods))
  const tree = new ForkTree()
  const schedule = { genesisTime: options.genesisTime, blockTime: BigInt(parameters.l1BlockTime) }
  const controller = await createL1Controller({
    ...{ anvil, clock, tree, schedule },
    distances: {
      safe: BigInt(parameters.l1SafeDistance),
      finalized: BigInt(parameters.l1FinalizedDistance),
    },
    onEvent(event) {
      if (event.kind === 'l1-block') view.add(event.block, clock.nowMs())
      recordL1Event(events, event)
    },
  })
  const { hash } = await controller.head()
  if (hash !== chain.rollup.genesis.l1.hash)
    throw new Error(`expected L1 to begin with ${chain.rollup.genesis.l1.hash}, found ${hash}`)
  const shared = {
    ...{ anvil, controller, tree, clock, blobs: createBlobPool() },
    consumers: {
      get(consumer: string) {
        const stands = consumers(consumer)
        return stands.length === 0 ? undefined : { consumer, stands }
      },
    },
  }
  const gateway = createL1Methods(shared)
  const beacon = createBeaconAnswers({ ...shared, schedule })
  const providers = new Map<string, Provider>()
  return {
    controller,
    providerFor(consumer) {
      const known = providers.get(consumer) ?? {
        dispatch: () => ({ methods: gateway.methodsAt(`/${consumer}`) ?? gateway.methods }),
        paused: () => null,
      }
      providers.set(consumer, known)
      return known
    },
    beaconFor: (consumer) => ({
      ...{ dispatch: () => ({ methods: new Map() }), paused: () => null },
      async get(target) {
        const { status, json } = await beacon(`/${consumer}${target}`)
        return { status, text: JSON.stringify(json) }
      },
    }),
  }
}
