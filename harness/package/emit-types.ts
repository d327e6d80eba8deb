import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'

/** Writes the declarations of what can be imported from the package to a folder. */
export function emitTypes(directory: string): void {
  execFileSync(
    process.execPath,
    [
      join(packageRoot, 'node_modules/typescript/bin/tsc'),
      ...['-p', 'harness/package/tsconfig.types.json', '--outDir', directory],
    ],
    { cwd: packageRoot, stdio: 'inherit' },
  )
  // TypeScript leaves the endings of sources in declarations, where nothing of that name is.
  for (const file of globSync('**/*.d.ts', { cwd: directory })) {
    const path = join(directory, file)
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(/((?:from|import\() ?['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'),
    )
  }
}
