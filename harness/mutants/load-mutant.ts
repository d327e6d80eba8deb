import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Mutant, mutate } from './mutant.ts'

/** A rule cannot be broken in this process. */
export class MutantError extends Error {
  override readonly name = 'MutantError'
}

/**
 * From now on this process loads the file of that mutant with its rule broken. Whoever calls this imports the node
 * afterwards, and then calls what is returned.
 * @param root the source tree: a package holds no source to change.
 * @returns what throws MutantError unless the file was loaded since.
 */
export function loadMutant(mutant: Mutant, root: string): () => void {
  const url = pathToFileURL(join(root, mutant.file)).href
  let loaded = false
  registerHooks({
    load(asked, context, next) {
      const module = next(asked, context)
      if (asked !== url) return module
      loaded = true
      const text =
        typeof module.source === 'string'
          ? module.source
          : Buffer.from(module.source as Uint8Array).toString('utf8')
      return { ...module, source: mutate(mutant, text) }
    },
  })
  return () => {
    if (!loaded)
      throw new MutantError(
        `mutant ${mutant.name}: expected ${mutant.file} to be loaded after it was broken, found that it was loaded before or is not there; run from the source tree`,
      )
  }
}
