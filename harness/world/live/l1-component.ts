import type { Hash } from 'viem'
import type { LogFile } from '../../drivers/log-file.ts'
import { identifyProcess } from '../../drivers/process-identity.ts'
import { type L1, startL1 } from '../../l1/l1.ts'
import type { ConsumerFaults } from '../../l1/views/consumer-view.ts'
import { ComponentError } from '../component-error.ts'
import { recordL1Event } from '../l1-events.ts'
import type { L1View } from '../l1-view.ts'
import type { BootContext } from './boot-context.ts'
import { startDrivenAnvil } from './driven-anvil.ts'
import { linkName } from './endpoints.ts'

/** Starts L1 with everything that happens on it in the events and in the view. Production is off. */
export async function startL1Component(
  context: BootContext,
  options: {
    readonly genesis: { readonly hash: Hash; readonly timestamp: bigint }
    readonly view: L1View
    readonly log: LogFile
  },
): Promise<L1> {
  const { clock, events, registry } = context
  const startedMs = clock.nowMs()
  events.record({ kind: 'component', component: 'l1', action: 'start' })
  const logPath = context.directory.logPath('l1')
  const l1 = await startL1({
    parameters: context.parameters,
    statePath: context.files.l1StatePath,
    genesisHash: options.genesis.hash,
    genesisTimestamp: options.genesis.timestamp,
    port: context.endpoints.l1,
    beaconPort: context.endpoints.beacon,
    anvilPort: context.endpoints.anvil,
    clock,
    consumers: consumersOf(context),
    log: (line) => options.log.line(line),
    onEvent(event) {
      if (event.kind === 'l1-block') options.view.add(event.block, clock.nowMs())
      if (event.kind === 'l1-error') options.log.line(event.message)
      recordL1Event(events, event)
    },
    // Elsewhere anvil is started by its own library, as a process.
    ...(context.inContainers ? { startAnvil: (anvil) => startDrivenAnvil(context, anvil) } : {}),
    onExit: (reason) => context.onUnexpectedExit(new ComponentError('l1', reason, { logPath })),
  })
  try {
    for (const pid of l1.pids) {
      const identity = identifyProcess(pid)
      if (identity !== null) registry.add('l1', identity)
    }
  } catch (error) {
    // What nobody could take note of, nobody would end.
    await l1.stop()
    throw error
  }
  const durationMs = clock.nowMs() - startedMs
  events.record({ kind: 'component', component: 'l1', action: 'ready', durationMs, url: l1.url })
  return l1
}

/** Where the faults of what each consumer sees of L1 stand: on its link to L1, and on the one to the beacon. */
function consumersOf({ topology, links }: BootContext): ReadonlyMap<string, ConsumerFaults> {
  const consumers = [...Object.keys(topology.cls), 'batcher']
  return new Map(
    consumers.map((consumer) => {
      const names = [linkName.l1(consumer), linkName.beacon(consumer)]
      const stands = names.flatMap((name) => links.get(name)?.point ?? [])
      return [consumer, { consumer, stands }]
    }),
  )
}
