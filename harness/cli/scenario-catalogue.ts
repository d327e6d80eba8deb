import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A scenario as its file declares it. */
export interface CatalogueEntry {
  readonly name: string
  /** Relative to the package, with forward slashes. */
  readonly file: string
}

/** Every scenario of the package, read from the sources: nothing is loaded. In the order of the files. */
export function scenarioCatalogue(root: string): readonly CatalogueEntry[] {
  return globSync('scenarios/**/*.test.ts', { cwd: root })
    .sort()
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\bscenario\(\s*'([^']+)'/g)].map((match) => ({
        name: match[1] ?? '',
        file: file.replaceAll('\\', '/'),
      })),
    )
}

/** The scenarios whose name or file contains the filter; letter case does not matter. */
export function selectScenarios(
  catalogue: readonly CatalogueEntry[],
  filter: string | undefined,
): readonly CatalogueEntry[] {
  if (filter === undefined) return catalogue
  const wanted = filter.toLowerCase()
  const exact = catalogue.filter(({ name }) => name.toLowerCase() === wanted)
  if (exact.length > 0) return exact
  return catalogue.filter(
    ({ name, file }) => name.toLowerCase().includes(wanted) || file.toLowerCase().includes(wanted),
  )
}
