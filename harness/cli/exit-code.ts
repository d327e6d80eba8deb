/** What the exit code of every command that judges something says. */
export const exitCode = {
  /** Everything passed, deviates as known, or was skipped for a reason. */
  passed: 0,
  failed: 1,
  /** The command line is wrong; nothing ran. */
  usage: 2,
  /** Nothing failed, but something did not happen that had to, so that nothing can be said. */
  inconclusive: 3,
  /** Ctrl-C, SIGTERM or SIGHUP. */
  interrupted: 130,
} as const

/** For `--help`. */
export const exitCodeHelp =
  'Exit code: 0 passed, 1 failed, 2 wrong usage, 3 inconclusive (nothing failed, something was not reached), 130 interrupted.'
