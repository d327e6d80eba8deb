import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { entryName, publicEntries } from './entries.ts'
import { runningFrom } from './running-from.ts'

/**
 * The file behind each import of this package, of the make that this process runs. A file of the user gets the same
 * modules as the harness so, and a checkout needs no build.
 *
 * @param directory of a bundle. Default: where this process runs from.
 */
export function ownEntries(directory?: string): ReadonlyMap<string, string> {
  const built = directory ?? (runningFrom === 'sources' ? null : import.meta.dirname)
  return new Map(
    Object.entries(publicEntries).map(([subpath, source]) => [
      `lockstep${subpath}`,
      built === null ? join(packageRoot, source) : join(built, `${entryName(subpath)}.js`),
    ]),
  )
}

/** The same for vite. */
export function ownAliases(directory?: string): { readonly find: RegExp; readonly replacement: string }[] {
  return Array.from(ownEntries(directory), ([name, replacement]) => ({
    find: new RegExp(`^${name}$`),
    replacement,
  }))
}

/**
 * What vitest is to import as it is, in `test.server.deps.external`: vite changes nothing in a bundle, and of what node
 * loads itself it keeps the compiled code.
 */
export const importedAsTheyAre: readonly RegExp[] = [/\/node_modules\/\.cache\/lockstep\/bundles\//]

/** Imports a module of the user, which may import this package. */
export async function importUserModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const entries = ownEntries()
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const file = entries.get(specifier)
      return file === undefined
        ? next(specifier, context)
        : { url: pathToFileURL(file).href, shortCircuit: true }
    },
  })
  try {
    return await import(pathToFileURL(path).href)
  } finally {
    hooks.deregister()
  }
}
