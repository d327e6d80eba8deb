/** Something that must not outlive this process. */
export interface Stoppable {
  /** In order, within a few seconds. */
  stop(): Promise<void>
  /** At once and synchronously: the process is exiting. */
  killAll(): void
  /** False when its owner listens to signals itself. */
  readonly handleSignals: boolean
}

const active = new Set<Stoppable>()
const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
let installed = false

/**
 * Ties a system to the life of this process: a signal stops it in order before the process ends with that signal, and
 * any other exit kills what is left. Returns what unties it.
 */
export function stopWithProcess(stoppable: Stoppable): () => void {
  active.add(stoppable)
  if (!installed) {
    installed = true
    for (const signal of watched) process.on(signal, onSignal)
    process.on('exit', onExit)
  }
  return () => {
    active.delete(stoppable)
    if (active.size > 0 || !installed) return
    installed = false
    for (const signal of watched) process.off(signal, onSignal)
    process.off('exit', onExit)
  }
}

let stopping = false

function onSignal(signal: NodeJS.Signals): void {
  const mine = [...active].filter(({ handleSignals }) => handleSignals)
  if (stopping || mine.length === 0) return
  stopping = true
  void Promise.allSettled(mine.map((stoppable) => stoppable.stop())).then(() => {
    for (const other of watched) process.off(other, onSignal)
    // By the signal itself: who waits for this process sees the truth about why it ended.
    process.kill(process.pid, signal)
  })
}

function onExit(): void {
  for (const stoppable of active) stoppable.killAll()
}
