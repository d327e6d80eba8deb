import type { OwnCommand } from '../../clients/client.ts'
import type { HostedPorts, HostedProgram } from './serve-host.ts'

/** The programs that a host can run: what `lockstep node` and `lockstep el` do between their start and their stop. */
export const ownPrograms: Readonly<Record<OwnCommand, HostedProgram>> = { node: hostNode, el: hostEl }

async function hostNode(args: readonly string[], { write, stop }: HostedPorts): Promise<void> {
  const [{ readNodeSettings, runNodeSettings, describeFatal }, { createPinoLogger }] = await Promise.all([
    import('../../../node/main.ts'),
    import('../../../node/adapters/logs/pino-logger.ts'),
  ])
  try {
    const settings = readNodeSettings(args, process.env)
    await runNodeSettings(settings, createPinoLogger({ ...settings.program.node.log, write }), stop)
  } catch (error) {
    throw new Error(describeFatal(error), { cause: error })
  }
}

async function hostEl(args: readonly string[], { write, stop }: HostedPorts): Promise<void> {
  const [{ readElSettings, runElSettings, describeFatal }, { createPinoLogger }] = await Promise.all([
    import('../../el/main.ts'),
    import('../../../node/adapters/logs/pino-logger.ts'),
  ])
  try {
    const settings = await readElSettings(args)
    await runElSettings(settings, createPinoLogger({ ...settings.program.log, write }), stop)
  } catch (error) {
    throw new Error(describeFatal(error), { cause: error })
  }
}

/** Loads what a program of the devstack will need, all at once and before it is asked for. */
export const preload: Readonly<Record<OwnCommand, () => Promise<unknown>>> = {
  node: () =>
    Promise.all([
      import('../../../node/main.ts'),
      import('../../../node/run-program.ts'),
      import('../../../node/adapters/logs/pino-logger.ts'),
      import('../../../node/adapters/metrics/prometheus-metrics.ts'),
      import('../../../node/adapters/metrics/metrics-server.ts'),
      import('../../../node/network/p2p.ts'),
      import('../../../node/adapters/libp2p/libp2p-transport.ts'),
    ]),
  el: () =>
    Promise.all([
      import('../../el/main.ts'),
      import('../../el/flags-config.ts'),
      import('../../el/el-node.ts'),
      import('../../../node/adapters/logs/pino-logger.ts'),
    ]),
}
