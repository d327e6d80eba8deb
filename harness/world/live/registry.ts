import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writing } from '../../disk-failure.ts'
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  signalGroup,
} from '../../drivers/process-identity.ts'
import { registryFileName } from '../kept-runs.ts'

const identitySchema = z.object({ pid: z.int().positive(), startTime: z.string() })
const registrySchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  runner: identitySchema,
  processes: z.array(identitySchema.extend({ name: z.string() })),
  ports: z.array(z.int()),
})
type RegistryContent = z.infer<typeof registrySchema>

/** What a run has started, on disk before anything else happens, so that a killed runner leaves no unknown process. */
export interface RunRegistry {
  add(name: string, identity: ProcessIdentity): void
  addPorts(ports: readonly number[]): void
  /** SIGKILL to every process group that still runs. Synchronous: the last resort when the runner exits. */
  killAll(): void
  /** Everything is gone: removes the file. */
  close(): void
}

/** Opens the registry of a run for this process. */
export function openRegistry(directory: string, runId: string): RunRegistry {
  const runner = identifyProcess(process.pid)
  if (runner === null) throw new Error('cannot read the start time of this process: is /proc mounted?')
  let content: RegistryContent = { version: 1, runId, runner, processes: [], ports: [] }
  const path = join(directory, registryFileName)
  const write = (next: RegistryContent) => {
    content = next
    // Renamed into place: a reader never sees half a file.
    writing(path, () => {
      writeFileSync(`${path}.new`, JSON.stringify(content, null, 2), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    })
  }
  write(content)
  return {
    add: (name, identity) => write({ ...content, processes: [...content.processes, { name, ...identity }] }),
    addPorts: (ports) => write({ ...content, ports: [...content.ports, ...ports] }),
    killAll() {
      for (const identity of content.processes) signalGroup(identity, 'SIGKILL')
    },
    close() {
      // A full disk leaves half of it.
      rmSync(`${path}.new`, { force: true })
      rmSync(path, { force: true })
    },
  }
}

/** A process that outlived the runner that had started it. */
export interface Orphan extends ProcessIdentity {
  readonly name: string
  readonly runId: string
}

/** How long a killed process may take to disappear. */
const goneMsMax = 5_000

/**
 * Ends what the runs of dead runners left behind. A run whose runner lives is not touched, and neither is a process
 * that merely has a recorded pid: its start time must be the recorded one.
 * @returns the processes that were ended.
 */
export async function endOrphans(runsRoot: string): Promise<readonly Orphan[]> {
  const orphans: Orphan[] = []
  for (const runId of existsSync(runsRoot) ? readdirSync(runsRoot) : []) {
    const path = join(runsRoot, runId, registryFileName)
    const registry = readRegistry(path)
    if (registry === null || isRunning(registry.runner)) continue
    const left = registry.processes.filter((identity) => isRunning(identity))
    for (const identity of left) {
      signalGroup(identity, 'SIGKILL')
      orphans.push({ ...identity, runId })
    }
    await allGone(left)
    rmSync(path, { force: true })
  }
  return orphans
}

function readRegistry(path: string): RegistryContent | null {
  try {
    return registrySchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

async function allGone(identities: readonly ProcessIdentity[]): Promise<void> {
  const deadline = Date.now() + goneMsMax
  while (identities.some((identity) => isRunning(identity))) {
    if (Date.now() > deadline) {
      const pids = identities.filter(isRunning).map(({ pid }) => pid)
      throw new Error(
        `processes ${pids.join(', ')} of an earlier run do not end on SIGKILL; end them by hand`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
