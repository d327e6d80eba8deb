import type { Launch } from '../clients/client.ts'
import type { DriverKind, LifecycleAction } from './lifecycle-handle.ts'

/** Runs one component, any number of times, one after the other. `createLifecycle` makes a lifecycle of it. */
export interface Driver {
  readonly kind: DriverKind
  readonly can: ReadonlySet<LifecycleAction>
  /** What must be done so that it can do what `can` lacks; for the error. */
  readonly otherwise?: string
  /**
   * Starts the component; it need not serve yet. `instead` is what to start from now on in place of what it was made with,
   * of which only drivers are told that can `relocate` and `skewClock`.
   * @throws when it cannot be started at all.
   */
  launch(instead?: Launch): Promise<RunningComponent>
  /** Forgets what it stored where only the driver reaches it. Called while it does not run. */
  wipe?(): Promise<void>
}

/** A component from its start to its end. What `can` lacks is never called. */
export interface RunningComponent {
  /** Of the process that runs it alone; null when there is none, or it is not known. */
  readonly pid: number | null
  /** Where the driver is told: resolves when it listens. Nobody asks it before. */
  readonly serving?: Promise<void>
  /** Resolves, never rejects, when it is gone. */
  readonly exited: Promise<ComponentExit>
  /** Resolves when it is gone. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** At once: the effect does not wait for the promise. */
  pause(): Promise<void>
  resume(): Promise<void>
}

export interface ComponentExit {
  /** "exit code 1", "signal SIGKILL". */
  readonly reason: string
  /** True when `stop` or `kill` asked for it. */
  readonly wanted: boolean
}
