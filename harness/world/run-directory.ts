import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writing } from '../disk-failure.ts'
import { type RunRecord, writeRunRecord } from './kept-runs.ts'

export type FileVisibility = 'public' | 'secret' | 'executable'

const fileModes: Readonly<Record<FileVisibility, number>> = {
  public: 0o644,
  secret: 0o600,
  executable: 0o700,
}

/** The files of one run. Everything that a run writes is in here. */
export interface RunDirectory {
  readonly runId: string
  readonly path: string
  readonly timelinePath: string
  logPath(component: string): string
  /** Writes a file and returns its path. Secrets, and what is to be run, are the owner's alone. */
  write(name: string, content: string, visibility?: FileVisibility): string
  /** Says how the run ended: what is kept later depends on it. */
  finish(outcome: Exclude<RunRecord['outcome'], 'running'>): void
}

/** Where runs are kept: `.lockstep/runs` in the current directory, or what `LOCKSTEP_DIRECTORY` says. */
export function runsDirectory(): string {
  return join(resolve(process.env['LOCKSTEP_DIRECTORY'] ?? '.lockstep'), 'runs')
}

/** @throws DiskFailure when this user cannot write runs. */
export function requireRunsDirectory(): void {
  const path = runsDirectory()
  writing(path, () => {
    mkdirSync(path, { recursive: true })
    accessSync(path, constants.W_OK)
  })
}

export interface CreateRunDirectoryOptions {
  readonly root: string
  readonly name: string
  readonly nowMs: number
  /** Tells runs of the same second and name apart. */
  readonly suffix: string
  /** What all runs of one command share. */
  readonly invocation: string
}

/** `<time>-<name>-<suffix>`: names sort by time. */
export function runIdOf(options: Pick<CreateRunDirectoryOptions, 'name' | 'nowMs' | 'suffix'>): string {
  const time = new Date(options.nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const slug = options.name.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, 60)
  return `${time}-${slug}-${options.suffix}`
}

/** Makes the directory of a run. */
export function createRunDirectory(options: CreateRunDirectoryOptions): RunDirectory {
  const runId = runIdOf(options)
  const path = join(options.root, runId)
  writing(path, () => mkdirSync(join(path, 'logs'), { recursive: true }))
  const { invocation } = options
  writeRunRecord(path, { invocation, outcome: 'running' })
  return {
    runId,
    path,
    timelinePath: join(path, 'timeline.ndjson'),
    logPath: (component) => join(path, 'logs', `${component}.log`),
    write(name, content, visibility = 'public') {
      const file = join(path, name)
      writing(file, () => writeFileSync(file, content, { mode: fileModes[visibility], flag: 'wx' }))
      return file
    },
    finish: (outcome) => writeRunRecord(path, { invocation, outcome }),
  }
}
