import type { BlockId } from '../../../node/protocol/refs.ts'
import { deriveMarks } from '../../events/derive-marks.ts'
import { type FollowedLog, followLogs, logLevelVariable, parseLogLevel } from '../../events/follow-logs.ts'
import { lockstepNodeFacts } from '../../events/lockstep-node-log.ts'
import type { LogLine } from '../../events/log-line.ts'
import { peerIdOf } from '../gossip-handle.ts'
import { observationPeriodMs } from '../observation-period.ts'
import { watchPeers } from '../peer-watch.ts'
import type { BootContext } from './boot-context.ts'
import type { ClComponent } from './components.ts'
import { watchStalls } from './watch-stalls.ts'

/**
 * What reads the components for the stream beside their statuses and their links: logs, peers, and the marks that follow
 * from all events. Returns what ends each of them.
 */
export function startObservers(
  context: BootContext,
  cls: ReadonlyMap<string, ClComponent>,
  l2Genesis: BlockId,
): readonly (() => unknown)[] {
  const { clock, events, parameters } = context
  return [
    deriveMarks(events, l2Genesis),
    followLogs({
      ...{ events, clock, level: parseLogLevel(process.env[logLevelVariable]) },
      periodMs: observationPeriodMs(parameters),
      logs: followedLogs(context, cls),
    }),
    // A wait looks four times a block: what is later than that can spoil what it sees.
    watchStalls({ clock, events, lateMs: observationPeriodMs(parameters) }),
    watchPeers({
      nodes: [...cls.values()].map(({ name, rpc, multiaddr }) => ({
        ...{ name, rpc, peerId: peerIdOf(multiaddr) },
      })),
      periodMs: parameters.l2BlockTime * 1000,
      ...{ clock, events },
    }),
  ]
}

/** Every component's log; the lines of our own nodes tell more than themselves. */
function followedLogs(
  { directory, topology }: BootContext,
  cls: ReadonlyMap<string, ClComponent>,
): readonly FollowedLog[] {
  const names = new Map(Array.from(cls.values(), ({ name, multiaddr }) => [peerIdOf(multiaddr), name]))
  const nameOf = (peerId: string) => names.get(peerId) ?? peerId
  const others = ['l1', ...Object.keys(topology.els), ...(topology.batcher === null ? [] : ['batcher'])]
  return [
    ...others.map((component) => ({ component, path: directory.logPath(component) })),
    ...[...cls.values()].map(({ name, spec }) => ({
      ...{ component: name, path: directory.logPath(name) },
      ...(spec.kind === 'lockstep-node'
        ? { factsOf: (line: LogLine) => lockstepNodeFacts(name, line, nameOf) }
        : {}),
    })),
  ]
}
