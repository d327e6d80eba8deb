import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { bundle } from './bundle.ts'
import { contentHash } from './content-hash.ts'
import { inputsOf } from './entries.ts'
import { bundlesDirectory, runningFrom } from './running-from.ts'

/** Whoever debugs wants the sources themselves: `LOCKSTEP_BUNDLE=off`. */
export const bundleVariable = 'LOCKSTEP_BUNDLE'

/** Of other branches, and of before the last edits. */
const keptMax = 4

export interface ReadyBundleOptions {
  /** Called before one is made, which takes seconds. */
  readonly onMake: () => void
}

/**
 * Folder of a bundle of exactly the present sources and libraries: the one that is there, or else a new one. Null where
 * modules with their libraries run already, when bundles are switched off, or when none can be written: then what runs goes
 * on as it is.
 */
export async function readyBundle({ onMake }: ReadyBundleOptions): Promise<string | null> {
  const directory = bundleFor()
  if (directory === null || existsSync(directory)) return directory
  let own: string
  try {
    await mkdir(bundlesDirectory, { recursive: true })
    own = await mkdtemp(join(bundlesDirectory, '.making-'))
  } catch {
    // The checkout, or what is installed, belongs to another user, or the disk is full.
    return null
  }
  onMake()
  try {
    await bundle({ cwd: packageRoot, inputs: inputsOf(packageRoot), directory: own })
    await rename(own, directory)
  } catch (error) {
    await rm(own, { recursive: true, force: true })
    // Another process was quicker.
    if (!existsSync(directory)) throw error
  }
  await removeOld(directory)
  return directory
}

/**
 * The same, where a new one is made by a process of its own: what bundles takes half a gigabyte, and gives none of it back
 * while its process lives, which may be for days.
 * @throws Error when that fails; why stands on stderr then.
 */
export async function bundleMadeApart({ onMake }: ReadyBundleOptions): Promise<string | null> {
  const directory = bundleFor()
  if (directory === null || existsSync(directory)) return directory
  onMake()
  const maker = spawn(process.execPath, [join(packageRoot, 'harness/package/make-bundle.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(maker, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`cannot bundle what changed: ended with ${code ?? 'a signal'}`)
  return presentBundle()
}

/** The same when it is there already, or else null. */
export function presentBundle(): string | null {
  const directory = bundleFor()
  return directory !== null && existsSync(directory) ? directory : null
}

/** Where the bundle of the present files would be; null when none is wanted, or this process runs one. */
function bundleFor(): string | null {
  if (runningFrom !== 'sources' || process.env[bundleVariable] === 'off') return null
  return join(bundlesDirectory, contentHash(packageRoot))
}

/** Keeps the newest. One that is in use is among them, or its process has loaded what it needs. */
async function removeOld(newest: string): Promise<void> {
  const now = new Date()
  await utimes(newest, now, now)
  const entries = (await readdir(bundlesDirectory)).filter((name) => !name.startsWith('.'))
  const byTime = await Promise.all(
    entries.map(async (name) => {
      const path = join(bundlesDirectory, name)
      return { path, changedMs: (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs }
    }),
  )
  for (const { path } of byTime.toSorted((a, b) => b.changedMs - a.changedMs).slice(keptMax))
    await rm(path, { recursive: true, force: true })
}
