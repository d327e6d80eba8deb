/** Where to read on about a component that failed. */
export interface ComponentErrorDetails {
  readonly logPath?: string
  /** Oldest first. */
  readonly lastLines?: readonly string[]
  readonly cause?: unknown
}

/** A component of the devstack did not start, or ended by itself. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError'
  readonly component: string
  readonly logPath: string | undefined

  constructor(component: string, what: string, details: ComponentErrorDetails = {}) {
    const { logPath, lastLines = [], cause } = details
    const log =
      logPath === undefined
        ? []
        : lastLines.length === 0
          ? [`its log is empty: ${logPath}`]
          : ['its last log lines:', ...lastLines.map((line) => `  ${line}`), `the whole log: ${logPath}`]
    super([`${component} ${what}`, ...log].join('\n'), { cause })
    this.component = component
    this.logPath = logPath
  }
}
