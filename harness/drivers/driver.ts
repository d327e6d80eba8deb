import type { Launch } from '../clients/client.ts'

/** How a component is run. */
export type DriverKind = 'in-process' | 'process' | 'docker' | 'attach'

/** What can be done to a component, whatever runs it. A driver that cannot do one of them says so in `can`. */
export interface Lifecycle {
  readonly driver: DriverKind
  readonly can: ReadonlySet<LifecycleAction>
  /** How often it was started. */
  readonly starts: number
  readonly running: boolean
  /** @throws ComponentError as soon as it ends, or when it does not serve in time; with its last log lines. */
  start(): Promise<void>
  /** In order: it may finish what it does. Nothing happens when it does not run. */
  stop(): Promise<void>
  /** At once, as by SIGKILL. Nothing happens when it does not run. */
  kill(): Promise<void>
  /** It accepts connections and answers nothing, as by SIGSTOP; from the moment of the call on. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Stops it, forgets everything that it stored, and leaves it stopped. */
  wipe(): Promise<void>
  /** Stops it, and leaves it so that it listens elsewhere from its next start on: who uses the harness's links finds it. */
  relocate(): Promise<void>
  /**
   * Stops it, and leaves it so that its clock is ahead by that much from its next start on, or behind when it is negative;
   * 0 for the machine's clock again.
   */
  skewClock(ms: number): Promise<void>
}

export type LifecycleAction = 'start' | 'stop' | 'kill' | 'pause' | 'wipe' | 'relocate' | 'skewClock'

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
