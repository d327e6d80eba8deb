import type { Launch } from '../../clients/client.ts'
import { launchAfter } from '../../drivers/launch-after.ts'
import { type ComponentLifecycle, createLifecycle, type LaunchChanges } from '../../drivers/lifecycle.ts'
import { attachedMsMax, type BootContext, readyMsMax } from './boot-context.ts'
import { createMovingRpc } from './moving-rpc.ts'

export interface ManagedComponentOptions {
  readonly name: string
  readonly launch: Launch
  /** Of its client. */
  readonly kind: string
  /** Ports that it listens on. */
  readonly ports: readonly number[]
  /** Its RPC port, and a method that it answers as soon as it serves. */
  readonly url: () => string
  readonly readyMethod: string
  /** Files and directories that it keeps what it knows in. */
  readonly stored: readonly string[]
  /** What must have happened before each start. */
  readonly before?: (() => Promise<void>) | undefined
  readonly changes: LaunchChanges
}

const probeTimeoutMs = 2_000

/** The lifecycle of a component of the system, run by the driver that the run has chosen for it. */
export function createManagedComponent(
  context: BootContext,
  { name, launch, kind, ports, url, readyMethod, stored, before, changes }: ManagedComponentOptions,
): ComponentLifecycle {
  const probe = createMovingRpc(url, probeTimeoutMs)
  const driver = context.drivers.driverOf({ name, launch, kind, ports, url: url() })
  return createLifecycle({
    ...{ name, url, stored, changes, readyMsMax: driver.kind === 'attach' ? attachedMsMax : readyMsMax },
    ...{ events: context.events, clock: context.clock, onUnexpectedExit: context.onUnexpectedExit },
    driver: launchAfter(driver, before),
    logPath: context.directory.logPath(name),
    probe: (signal) => probe.request(readyMethod, [], signal),
  })
}
