import { z } from 'zod'
import { defineFault, defineSimple, type FaultEntry } from './fault-entry.ts'

const stop = defineSimple('stop', 'It is stopped in order; removing the fault starts it again.', {
  node: { kind: 'stop' },
})
const kill = defineSimple('kill', 'It ends at once, as by SIGKILL; removing the fault starts it again.', {
  node: { kind: 'kill' },
})
const pause = defineSimple(
  'pause',
  'It accepts connections and answers nothing, as by SIGSTOP; removing the fault lets it go on.',
  { node: { kind: 'pause' } },
)
const wipe = defineSimple(
  'wipe',
  'It is stopped and forgets everything that it stored; removing the fault starts it empty.',
  { node: { kind: 'wipe' } },
)
const restart = defineFault({
  fault: 'restart',
  signature: 'restart({ newPort = false })',
  says: 'It is stopped in order and started again; with `newPort` it listens elsewhere then, where the driver can, and who is connected by name finds it.',
  parameters: z.strictObject({ newPort: z.boolean().default(false) }),
  shown: ({ newPort }) => (newPort ? 'new port' : ''),
  effects: ({ newPort }) => ({ node: { kind: 'restart', newPort } }),
})
const clockSkew = defineFault({
  fault: 'clockSkew',
  signature: 'clockSkew(ms)',
  says: 'It is started again with a clock that is ahead by that much, or behind when it is negative, where the client takes one; removing the fault starts it again with the right one.',
  parameters: z.strictObject({ ms: z.number().min(-86_400_000).max(86_400_000) }),
  shown: ({ ms }) => `${ms} ms`,
  effects: ({ ms }) => ({ node: { kind: 'clockSkew', ms } }),
})

/** Faults of a component itself. */
export const nodeFaults = {
  stop: () => stop.make({}),
  kill: () => kill.make({}),
  pause: () => pause.make({}),
  wipe: () => wipe.make({}),
  restart: ({ newPort = false } = {}) => restart.make({ newPort }),
  clockSkew: (ms: number) => clockSkew.make({ ms }),
}
export const nodeEntries: readonly FaultEntry[] = [stop, kill, pause, wipe, restart, clockSkew]
