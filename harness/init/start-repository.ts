import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { startFiles } from './start-files.ts'
import { startPackage } from './start-package.ts'

export interface StartedRepository {
  /** Paths from there, in the order of writing. */
  readonly written: readonly string[]
  /** What was there already, and lacked something. */
  readonly completed: readonly string[]
  /** What was there already, and was left as it is. */
  readonly kept: readonly string[]
  readonly note: string | null
  /** Whether npm has something to install before anything runs. */
  readonly installs: boolean
}

/**
 * Makes a folder a small repository of scenarios that passes at once. No file that is there is overwritten; what a
 * `package.json` lacks is added to it.
 * @throws Error naming a file that cannot be read or written.
 */
export function startRepository(directory: string): StartedRepository {
  const packagePath = join(directory, 'package.json')
  const present = existsSync(packagePath) ? readFileSync(packagePath, 'utf8') : null
  let own: ReturnType<typeof startPackage>
  try {
    own = startPackage(present, {
      name: packageName(basename(directory)),
      dependency: `file:${relative(directory, packageRoot) || '.'}`,
    })
  } catch (error) {
    throw new Error(`${packagePath}: expected a package.json, found ${firstLine(error)}`)
  }
  const files = [
    ...(own.text === null ? [] : [{ path: 'package.json', text: own.text, completes: true }]),
    ...startFiles(own.moduleType).map((file) => ({ ...file, completes: false })),
  ]
  const written: string[] = []
  const completed: string[] = []
  const kept: string[] = own.text === null ? ['package.json'] : []
  for (const { path, text, completes } of files) {
    const target = join(directory, path)
    const isThere = existsSync(target)
    if (isThere && !completes) {
      kept.push(path)
      continue
    }
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
    ;(isThere ? completed : written).push(path)
  }
  return {
    written,
    completed,
    kept,
    note: own.note,
    installs: !existsSync(join(directory, 'node_modules/lockstep')),
  }
}

/** What npm takes for a name. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return name === '' || name === 'lockstep' || name === 'node-modules' ? 'scenarios' : name
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
