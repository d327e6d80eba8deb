import { defineCommand } from 'citty'
import { readConfigFile } from '../../node/adapters/files/secret-files.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { methodHandlers } from '../control/control-methods.ts'
import { faultMethods } from '../control/fault-methods.ts'
import { createInstalledFaults } from '../control/installed-faults.ts'
import { firstProblem } from '../first-problem.ts'
import { type GatewayConfig, gatewayConfigSchema } from '../gateway/gateway-config.ts'
import { startGateways } from '../gateway/gateways.ts'
import { loggedFaults } from '../gateway/logged-faults.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { asUsage, runUntilStopped } from './program.ts'
import { controlArguments, readControl } from './program-control.ts'
import { logArguments, programLogger } from './program-log.ts'
import { UsageError } from './usage-error.ts'

const gatewayCommand = defineCommand({
  meta: {
    name: 'gateway',
    description:
      'Stand between the programs of a network until a signal comes, so that faults can be put on their connections by the control API: what a Compose file is wired through. Any network will do whose programs are told the ports of the gateway in place of each other.',
  },
  args: {
    config: {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: 'Which connections there are, as JSON (docs/clients.md)',
    },
    addr: { type: 'string', valueHint: 'HOST', default: '127.0.0.1', description: 'Address to listen on' },
    vhosts: {
      type: 'string',
      valueHint: 'NAME,…',
      default: 'localhost',
      description: 'Host names under which it may be called',
    },
    ...controlArguments,
    'log.level': {
      type: 'string',
      valueHint: 'LEVEL',
      default: 'info',
      description: 'debug, info, warn or error; debug has each hit of a fault',
    },
    ...logArguments,
  },
})

/**
 * `lockstep gateway`: 0 after a signal, 1 when it cannot listen.
 * @throws UsageError for a flag or a configuration that is wrong.
 */
export async function gateway(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(gatewayCommand, argv)
  if (parsed.help) return exitCode.passed
  const { args } = parsed
  const logger = programLogger(args, args['log.level'])
  const config = readGatewayConfig(args.config)
  const serveControl = readControl(args, logger)

  return await runUntilStopped(logger, async () => {
    const gateways = await startGateways({
      ...loggedFaults(createSystemClock(), logger),
      ...{ config, host: args.addr, virtualHosts: args.vhosts.split(',') },
    })
    try {
      const { points } = gateways
      const context = { world: { points }, faults: createInstalledFaults() }
      const methods = methodHandlers(faultMethods, () => context)
      const control = await serveControl(args.addr, methods)
      for (const { name, target } of config.links) logger.info(name, { url: gateways.urlOf(name), target })
      logger.info('gateways run', { points: points.names.length })
      return {
        async close() {
          await control.close()
          await gateways.close()
        },
      }
    } catch (error) {
      await gateways.close()
      throw error
    }
  })
}

function readGatewayConfig(path: string): GatewayConfig {
  const what = 'connections (--config)'
  const text = asUsage(() => readConfigFile(path, what))
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${what}: ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const read = gatewayConfigSchema.safeParse(json)
  if (!read.success) throw new UsageError(`${what}: ${path}: ${firstProblem(read.error)}`)
  return read.data
}
