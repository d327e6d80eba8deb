import { defineSimple, type FaultEntry } from './fault-entry.ts'

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
const restart = defineSimple('restart', 'It is stopped in order and started again.', {
  node: { kind: 'restart' },
})

/** Faults of a component itself. */
export const nodeFaults = {
  stop: () => stop.make({}),
  kill: () => kill.make({}),
  pause: () => pause.make({}),
  wipe: () => wipe.make({}),
  restart: () => restart.make({}),
}
export const nodeEntries: readonly FaultEntry[] = [stop, kill, pause, wipe, restart]
