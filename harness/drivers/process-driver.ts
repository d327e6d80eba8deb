import type { Launch } from '../clients/client.ts'
import type { Driver, RunningComponent } from './driver.ts'
import { describeExit, startProcess } from './process.ts'
import type { ProcessIdentity } from './process-identity.ts'

export interface ProcessDriverOptions {
  readonly name: string
  readonly launch: Launch
  readonly cwd: string
  readonly logPath: string
  readonly onSpawn: (identity: ProcessIdentity) => void
}

/** A program of its own for the component: everything can be done to it. */
export function createProcessDriver({ launch, ...options }: ProcessDriverOptions): Driver {
  return {
    kind: 'process',
    can: new Set(['start', 'stop', 'kill', 'pause', 'wipe', 'relocate', 'skewClock']),
    async launch(instead): Promise<RunningComponent> {
      const { command, args, env } = instead ?? launch
      const process = await startProcess({
        ...options,
        ...{ command, args, env },
      })
      return {
        pid: process.pid,
        exited: process.exited.then((exit) => ({ reason: describeExit(exit), wanted: exit.wanted })),
        stop: async () => void (await process.stop()),
        kill: async () => void (await process.kill()),
        pause: async () => process.pause(),
        resume: async () => process.resume(),
      }
    },
  }
}
