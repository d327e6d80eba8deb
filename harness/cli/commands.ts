/** A command of `lockstep`: its line in the overview, and how it is loaded. It resolves with the exit code. */
export interface CommandEntry {
  readonly name: string
  readonly description: string
  /** Started by Lockstep itself: no line in the overview. */
  readonly internal?: true
  /** It runs from a bundle, when there can be one. */
  readonly bundled?: true
  readonly load: () => Promise<(argv: readonly string[]) => Promise<number>>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    description: 'Start a repository of scenarios that passes at once',
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'accept',
    bundled: true,
    description: 'Run acceptance scenarios against a devstack of their own',
    load: async () => (await import('./accept.ts')).accept,
  },
  {
    name: 'conformance',
    bundled: true,
    description: 'Judge any consensus node claim by claim, in a role of the devstack',
    load: async () => (await import('./conformance.ts')).conformance,
  },
  {
    name: 'fuzz',
    description: 'Search for violations in simulated worlds, a seed at a time',
    load: async () => (await import('./fuzz.ts')).fuzz,
  },
  {
    name: 'replay',
    description: 'Run a case again, or drive a node by what was recorded',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'shrink',
    description: 'Make a recording the smallest scenario that still shows it',
    load: async () => (await import('./shrink.ts')).shrink,
  },
  {
    name: 'up',
    bundled: true,
    description: 'Boot a devstack and keep it running until Ctrl-C',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'report',
    description: 'Write one HTML file that explains a run',
    load: async () => (await import('./report.ts')).report,
  },
  {
    name: 'doctor',
    description: 'Look whether a devstack can run here, with a remedy for what is missing',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'record',
    description: 'Record a running network by its public endpoints',
    load: async () => (await import('./record.ts')).record,
  },
  {
    name: 'import',
    description: 'Make a recording of logs, polls and metrics that were kept',
    load: async () => (await import('./import.ts')).importRecording,
  },
  {
    name: 'explain',
    description: 'Say what went wrong first in a run or a recording, and its likely class',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'watch',
    description: 'Judge the invariants of follow mode on live nodes, read only',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'compare',
    description: 'Compare a follower with its source once, in five lines',
    load: async () => (await import('./compare.ts')).compare,
  },
  {
    name: 'state',
    description: 'Say what a node was at a moment of a run or a recording',
    load: async () => (await import('./state.ts')).state,
  },
  {
    name: 'why',
    description: 'Say why something happened to a node, from the cause to its update',
    load: async () => (await import('./why.ts')).why,
  },
  {
    name: 'node',
    description: 'Run the rollup node alone',
    load: async () => {
      const { runNode } = await import('../../node/main.ts')
      return runNode
    },
  },
  {
    name: 'el',
    description: 'Run the embedded L2 execution engine alone',
    load: async () => {
      return async (argv) => {
        if (argv[0] !== 'execute') return (await import('../el/main.ts')).runEl(argv)
        const [{ executeCommand }, { runCitty }] = await Promise.all([
          import('../el/execute-command.ts'),
          import('./citty-command.ts'),
        ])
        return runCitty(executeCommand, argv.slice(1))
      }
    },
  },
  {
    name: 'l1',
    description: "Run a devstack's L1 alone",
    load: async () => (await import('./l1.ts')).l1,
  },
  {
    name: 'batcher',
    description: "Submit a sequencer's blocks to L1 alone",
    load: async () => (await import('./batcher.ts')).batcher,
  },
  {
    name: 'gateway',
    description: 'Stand between the programs of a network, for faults on its connections',
    load: async () => (await import('./gateway.ts')).gateway,
  },
  {
    name: 'decode',
    description: 'Show what a batcher transaction, channel, batch, deposit or a range of L1 says',
    load: async () => {
      const [{ decodeCommand }, { runCitty }] = await Promise.all([
        import('../../node/cli/decode.ts'),
        import('./citty-command.ts'),
      ])
      return async (argv) => {
        if (argv.some((argument) => /^--from(?:=|$)/.test(argument)))
          return (await import('./decode-range.ts')).decodeL1Range(argv)
        return runCitty(decodeCommand, argv, { positionalsMax: 1_000 })
      }
    },
  },
  {
    name: 'host',
    description: 'Run several components of a devstack in one process',
    internal: true,
    load: async () => {
      const { host } = await import('../drivers/host/main.ts')
      return host
    },
  },
]
