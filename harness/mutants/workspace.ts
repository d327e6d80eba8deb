import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutant, mutate } from './mutant.ts'

/** What tests and scenarios need of the source tree. */
const copied = [
  'node',
  'harness',
  'scenarios',
  'fixtures',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
]
const prefix = 'lockstep-mutants-'

/** A copy of the source tree in which rules may be broken. */
export interface Workspace {
  readonly directory: string
  /** Runs `action` with the rule broken, and mends it again. */
  withMutant<T>(mutant: Mutant, action: () => Promise<T>): Promise<T>
}

/** Copies of one source tree; nothing is ever written to the tree itself. */
export interface Workspaces {
  create(): Promise<Workspace>
  remove(): Promise<void>
}

/** @param root the source tree. */
export async function createWorkspaces(root: string, parent = tmpdir()): Promise<Workspaces> {
  await removeOrphans(parent)
  const home = await mkdtemp(join(parent, `${prefix}${process.pid}-`))
  let count = 0
  return {
    async create() {
      const directory = join(home, `copy-${++count}`)
      await mkdir(directory)
      for (const name of copied) await cp(join(root, name), join(directory, name), { recursive: true })
      await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
      return {
        directory,
        async withMutant(mutant, action) {
          const path = join(directory, mutant.file)
          const whole = await readFile(path, 'utf8')
          await writeFile(path, mutate(mutant, whole))
          try {
            return await action()
          } finally {
            await writeFile(path, whole)
          }
        },
      }
    },
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
}

/** What a run left that was killed. */
async function removeOrphans(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const pid = Number.parseInt(name.slice(prefix.length), 10)
    if (!isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
