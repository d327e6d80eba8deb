import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { registryFileName } from './registry.ts'

/** How many finished runs are kept. Older ones are removed when a new one starts. */
export const runsKept = 20

/** The files of one run. Everything that a run writes is in here. */
export interface RunDirectory {
  readonly runId: string
  readonly path: string
  readonly timelinePath: string
  logPath(component: string): string
  /** Writes a file and returns its path. Secrets are readable by the owner alone. */
  write(name: string, content: string, visibility?: 'public' | 'secret'): string
}

/** Where runs are kept: `.lockstep/runs` in the current directory, or what `LOCKSTEP_DIRECTORY` says. */
export function runsDirectory(): string {
  return join(resolve(process.env['LOCKSTEP_DIRECTORY'] ?? '.lockstep'), 'runs')
}

export interface CreateRunDirectoryOptions {
  readonly root: string
  readonly name: string
  readonly nowMs: number
  /** Tells runs of the same second and name apart. */
  readonly suffix: string
}

/** Makes the directory `<time>-<name>-<suffix>` of a run. Names sort by time. */
export function createRunDirectory(options: CreateRunDirectoryOptions): RunDirectory {
  const time = new Date(options.nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const slug = options.name.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, 60)
  const runId = `${time}-${slug}-${options.suffix}`
  const path = join(options.root, runId)
  mkdirSync(join(path, 'logs'), { recursive: true })
  return {
    runId,
    path,
    timelinePath: join(path, 'timeline.ndjson'),
    logPath: (component) => join(path, 'logs', `${component}.log`),
    write(name, content, visibility = 'public') {
      const file = join(path, name)
      writeFileSync(file, content, { mode: visibility === 'secret' ? 0o600 : 0o644, flag: 'wx' })
      return file
    },
  }
}

/** Removes all but the newest finished runs. A run whose registry is still there is not finished. */
export function pruneRuns(root: string, keep: number = runsKept): readonly string[] {
  if (!existsSync(root)) return []
  const finished = readdirSync(root)
    .filter((name) => !existsSync(join(root, name, registryFileName)))
    .sort()
  const removed = finished.slice(0, Math.max(0, finished.length - keep))
  for (const name of removed) rmSync(join(root, name), { recursive: true, force: true })
  return removed
}
