import { defineCommand } from 'citty'
import { readConfigFile } from '../../node/adapters/files/secret-files.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { formatRef } from '../../node/protocol/refs.ts'
import { methodHandlers } from '../control/control-methods.ts'
import { faultMethods } from '../control/fault-methods.ts'
import { createInstalledFaults } from '../control/installed-faults.ts'
import { l1Methods } from '../control/l1-methods.ts'
import { createFaultStand, type FaultStand } from '../faults/fault-stand.ts'
import { createFaultPoints } from '../faults/point-group.ts'
import { loggedFaults } from '../gateway/logged-faults.ts'
import type { L1Event } from '../l1/controller.ts'
import { startL1 } from '../l1/l1.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { positive, wholeNumber } from './named-values.ts'
import { asUsage, readRollup, runUntilStopped } from './program.ts'
import { controlArguments, readControl } from './program-control.ts'
import { logArguments, programLogger } from './program-log.ts'
import { UsageError } from './usage-error.ts'

const l1Command = defineCommand({
  meta: {
    name: 'l1',
    description:
      "Run a devstack's L1 alone until a signal comes: anvil, blocks in the slots of its genesis, labels by distance, the eth_ and the beacon API. It has no other use than tests.",
  },
  args: {
    state: { type: 'string', required: true, valueHint: 'FILE', description: "anvil's state with block 0" },
    'rollup.config': {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: 'Rollup configuration',
    },
    addr: { type: 'string', valueHint: 'HOST', default: '127.0.0.1', description: 'Address to listen on' },
    port: {
      type: 'string',
      valueHint: 'PORT',
      default: '8545',
      description: 'Port of the eth_ API; 0 picks a free one',
    },
    'beacon.port': {
      type: 'string',
      valueHint: 'PORT',
      default: '5052',
      description: 'Port of the beacon API',
    },
    'anvil.port': {
      type: 'string',
      valueHint: 'PORT',
      default: '8546',
      description: 'Port of anvil itself, on loopback',
    },
    vhosts: {
      type: 'string',
      valueHint: 'NAME,…',
      default: 'localhost',
      description: 'Host names under which the eth_ API may be reached',
    },
    consumers: {
      type: 'string',
      valueHint: 'NAME,…',
      default: '',
      description: 'Who asks under a path with its name, /NAME: what each sees can be changed by a fault',
    },
    ...controlArguments,
    'block-time': {
      type: 'string',
      valueHint: 'SECONDS',
      default: '2',
      description: 'Between two blocks',
    },
    'safe-distance': {
      type: 'string',
      valueHint: 'BLOCKS',
      default: '4',
      description: 'How far safe is behind the head',
    },
    'finalized-distance': {
      type: 'string',
      valueHint: 'BLOCKS',
      default: '4',
      description: 'How far finalized is behind safe',
    },
    ...logArguments,
  },
})

/**
 * `lockstep l1`: 0 after a signal, 1 when anvil does not start or ends.
 * @throws UsageError for a flag that is wrong.
 */
export async function l1(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(l1Command, argv)
  if (parsed.help) return exitCode.passed
  const { args } = parsed
  const port = (flag: 'port' | 'beacon.port' | 'anvil.port', min = 0) =>
    wholeNumber(flag, args[flag], 65_535, min)
  const distance = (flag: 'safe-distance' | 'finalized-distance') => wholeNumber(flag, args[flag], 10_000, 0)
  const rollup = readRollup(args['rollup.config'])
  const statePath = args.state
  // anvil would begin a chain of its own.
  asUsage(() => readConfigFile(statePath, "L1's state (--state)"))
  const logger = programLogger(args)
  const parameters = {
    l1ChainId: Number(rollup.l1ChainId),
    l1BlockTime: positive('block-time', args['block-time']),
    l1SafeDistance: distance('safe-distance'),
    l1FinalizedDistance: distance('finalized-distance'),
  }
  const ports = { port: port('port'), beaconPort: port('beacon.port'), anvilPort: port('anvil.port', 1) }
  const serveControl = readControl(args, logger)
  const faultContext = loggedFaults(createSystemClock(), logger)
  const stands = new Map(
    consumersOf(args.consumers).map((consumer): [string, FaultStand] => [
      consumer,
      createFaultStand({ ...faultContext, point: `${consumer}→l1`, carriers: ['l1'] }),
    ]),
  )

  return await runUntilStopped(logger, async (fail) => {
    const running = await startL1({
      ...{ parameters, statePath, ...ports, host: args.addr, virtualHosts: args.vhosts.split(',') },
      genesisHash: rollup.genesis.l1.hash,
      // A devstack's two chains begin in the same second.
      genesisTimestamp: rollup.genesis.l2Time,
      log: (line) => logger.debug(line),
      onEvent(event) {
        if (event.kind === 'l1-error') logger.warn(event.message)
        else logger.info(event.kind, factsOf(event))
      },
      onExit: (reason) => fail(new Error(`anvil ended: ${reason}`)),
      consumers: new Map([...stands].map(([consumer, stand]) => [consumer, { consumer, stands: [stand] }])),
    })
    logger.info('L1 runs', { chainId: running.chainId, url: running.url, beacon: running.beaconUrl })
    running.controller.start()
    try {
      const points = createFaultPoints([...stands.values()])
      const context = { world: { l1: running, points }, faults: createInstalledFaults() }
      const methods = methodHandlers({ ...l1Methods, ...faultMethods }, () => context)
      const control = await serveControl(args.addr, methods)
      return {
        async close() {
          await control.close()
          await running.stop()
        },
      }
    } catch (error) {
      await running.stop()
      throw error
    }
  })
}

function consumersOf(text: string): readonly string[] {
  const names = text.split(',').filter(Boolean)
  const wrong = names.find((name) => !/^[\w.-]{1,60}$/.test(name))
  if (wrong !== undefined)
    throw new UsageError(`--consumers: expected names, found ${JSON.stringify(wrong.slice(0, 60))}`)
  return names
}

function factsOf(event: Exclude<L1Event, { kind: 'l1-error' }>) {
  switch (event.kind) {
    case 'l1-block':
      return { block: formatRef(event.block) }
    case 'l1-labels':
      return { safe: event.safe, finalized: event.finalized }
    case 'l1-reorg':
      return { orphaned: event.orphaned.map(formatRef), replaced: event.replaced.map(formatRef) }
    case 'l1-production':
      return { on: event.on }
  }
}
