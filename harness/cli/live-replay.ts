import { randomBytes } from 'node:crypto'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { processNode } from '../incidents/replay/live/process-node.ts'
import { pacedBy } from '../incidents/replay/pace.ts'
import { endOrphans } from '../world/live/registry.ts'
import { createRunDirectory, runsDirectory } from '../world/run-directory.ts'
import { splitAt } from './arguments.ts'
import { applyClientFlags, askClients } from './client-arguments.ts'
import { UsageError } from './usage-error.ts'

export interface LiveReplayFlags {
  /** `ROLE=KIND`, or a kind. */
  readonly cl: readonly string[]
  /** `KIND=COMMAND`. */
  readonly bin: readonly string[]
  readonly speed: number
}

/**
 * What a replay with a real process takes: the client in the slot, a directory for its files, and the machine's time.
 * @throws UsageError when there is no such client, or its program is not here.
 */
export async function liveReplay({ cl, bin, speed }: LiveReplayFlags) {
  if (cl.length > 1) throw new UsageError('--cl: expected one client, the follower')
  const [role, named] = splitAt(cl[0] ?? 'lockstep-node', '=')
  const kind = named ?? role
  using _flags = applyClientFlags({ bin })
  const chosen = await askClients((clients) => clients.cl(kind))
  const root = runsDirectory()
  await endOrphans(root)
  const directory = createRunDirectory({
    ...{ root, name: `replay-${kind}`, nowMs: Date.now() },
    ...{ suffix: randomBytes(2).toString('hex'), invocation: `${process.pid}-${process.ppid}` },
  })
  const clock = createSystemClock()
  return {
    create: processNode({ chosen, directory, clock }),
    live: pacedBy(clock, speed),
    title: `${kind}, a process of its own`,
  }
}
