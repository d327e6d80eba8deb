import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'

/** A file of a new repository: its path from there, and what it holds. */
export interface StartFile {
  readonly path: string
  readonly text: string
}

/** npm leaves out what is named so when it packs. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore' }

/**
 * The files of a small repository of scenarios, as `docs/examples/start` holds them, without its `package.json`.
 *
 * @param moduleType of the repository: TypeScript in a CommonJS one is a module by its ending only.
 */
export function startFiles(moduleType: 'module' | 'commonjs'): readonly StartFile[] {
  const folder = join(packageRoot, 'docs/examples/start')
  const paths = globSync('{,.*/**/,scenarios/}{*,.*}', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
  return paths.sort().map((path) => ({
    path: renamed[path] ?? (moduleType === 'commonjs' ? path.replace(/\.ts$/, '.mts') : path),
    text: readFileSync(join(folder, path), 'utf8'),
  }))
}
