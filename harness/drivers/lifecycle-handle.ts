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
