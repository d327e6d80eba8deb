import type { Lifecycle, LifecycleAction } from '../../drivers/driver.ts'
import type { EventStream } from '../../events/stream.ts'
import type { ManagedProcess } from './managed-process.ts'

const everything: ReadonlySet<LifecycleAction> = new Set(['start', 'stop', 'kill', 'pause', 'wipe'])

/** What can be done to a component that is a process of its own. `forget` removes what it stored. */
export function processLifecycle(
  process: ManagedProcess,
  events: EventStream,
  forget: () => void = () => {},
): Lifecycle {
  const { name } = process
  const record = (action: 'pause' | 'resume' | 'wipe') =>
    events.record({ kind: 'component', component: name, action })
  return {
    driver: 'process',
    can: everything,
    get starts() {
      return process.starts
    },
    get running() {
      return process.pid !== null
    },
    start: () => process.start(),
    stop: () => process.stop(),
    kill: () => process.kill(),
    async pause() {
      process.pause()
      record('pause')
    },
    async resume() {
      process.resume()
      record('resume')
    },
    async wipe() {
      await process.stop()
      forget()
      record('wipe')
    },
  }
}
