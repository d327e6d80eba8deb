import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import type { LockstepConfig } from '../config.ts'
import { firstProblem } from '../first-problem.ts'
import { importUserModule } from '../package/own-entries.ts'
import { UsageError } from './usage-error.ts'

/** A folder with scenarios, and how they are found. */
export interface Suite {
  /** Absolute. Paths of scenarios are told from here. */
  readonly root: string
  /** Globs, from there. */
  readonly include: readonly string[]
  readonly config: LockstepConfig
  /** The file that says all this; null without one. */
  readonly configPath: string | null
}

const names = ['ts', 'mts', 'js', 'mjs'].map((extension) => `lockstep.config.${extension}`)
const scenariosDefault = ['scenarios/**/*.test.?(m)[jt]s']

const globs = z.array(z.string().min(1)).min(1).max(100)
const kinds = z.record(z.string(), z.string().min(1)).optional()
const schema = z.strictObject({
  scenarios: globs.optional(),
  clients: z.array(z.string().min(1)).max(100).optional(),
  cl: kinds,
  el: kinds,
  bin: kinds,
  timeoutSeconds: z.int().positive().max(86_400).optional(),
  retries: z.int().min(0).max(10).optional(),
  workers: z.int().positive().max(64).optional(),
})

/** The scenarios that ship with Lockstep: of a checkout its sources, of a package what was made of them. */
export function builtinSuite(): Suite {
  const isCheckout = existsSync(join(packageRoot, 'harness/cli/main.ts'))
  return {
    root: isCheckout ? packageRoot : join(packageRoot, 'dist'),
    include: isCheckout ? scenariosDefault : ['scenarios/**/*.test.js'],
    config: {},
    configPath: null,
  }
}

/**
 * The scenarios of the folder that somebody stands in: by the nearest `lockstep.config.ts` there or above, or else those in
 * `scenarios`.
 * @throws UsageError when there is neither, or when the configuration is wrong.
 */
export async function suiteOf(directory: string): Promise<Suite> {
  const configPath = findConfig(directory)
  if (configPath === null) {
    if (!isFolder(join(directory, 'scenarios')))
      throw new UsageError(
        `expected lockstep.config.ts in ${directory} or above, or a folder scenarios in it, found neither; lockstep init writes both, lockstep accept --builtin runs the scenarios that ship with Lockstep`,
      )
    return { root: directory, include: scenariosDefault, config: {}, configPath }
  }
  const config = await readConfig(configPath)
  return { root: dirname(configPath), include: config.scenarios ?? scenariosDefault, config, configPath }
}

/** What the configuration says of clients, as the flags would; `files` define clients of the user's own. */
export function clientFlagsOf({ root, config }: Suite): {
  readonly files: readonly string[]
  readonly cl: readonly string[]
  readonly el: readonly string[]
  readonly bin: readonly string[]
} {
  const flags = (values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).map(([key, value]) => `${key}=${value}`)
  return {
    files: (config.clients ?? []).map((file) => resolve(root, file)),
    ...{ cl: flags(config.cl), el: flags(config.el), bin: flags(config.bin) },
  }
}

function findConfig(start: string): string | null {
  for (let directory = start; ; directory = dirname(directory)) {
    const found = names.map((name) => join(directory, name)).find((path) => existsSync(path))
    if (found !== undefined) return found
    if (dirname(directory) === directory) return null
  }
}

async function readConfig(path: string): Promise<LockstepConfig> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = await importUserModule(path)
  } catch (error) {
    throw new UsageError(`${path} does not load: ${error instanceof Error ? error.message : error}`)
  }
  if (module['default'] === undefined)
    throw new UsageError(`${path}: expected export default defineConfig({ … }), found no default export`)
  const parsed = schema.safeParse(module['default'])
  if (!parsed.success) throw new UsageError(`${path}: ${firstProblem(parsed.error)}`)
  return parsed.data as LockstepConfig
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
