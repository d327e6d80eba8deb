import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { readDeclarations } from './declaration-module.ts'
import { publicEntries } from './entries.ts'

/** Writes the declarations of what can be imported from the package to a folder, and of what those are made of. */
export function emitTypes(directory: string): void {
  execFileSync(
    process.execPath,
    [
      join(packageRoot, 'node_modules/typescript/bin/tsc'),
      ...['-p', 'harness/package/tsconfig.types.json', '--outDir', directory],
    ],
    { cwd: packageRoot, stdio: 'inherit' },
  )
  const needed = new Set<string>()
  for (const file of Object.values(publicEntries))
    visit(join(directory, file.replace(/\.ts$/, '.d.ts')), needed)
  for (const file of globSync('**/*.d.ts', { cwd: directory })) {
    const path = join(directory, file)
    if (needed.has(path)) withEndings(path)
    else rmSync(path)
  }
}

/** Adds a file of declarations, and those that it needs. */
function visit(path: string, needed: Set<string>): void {
  if (needed.has(path)) return
  needed.add(path)
  const text = readFileSync(path, 'utf8')
  const { declarations, elsewhere } = readDeclarations(text, parseAst(text, { lang: 'dts' }))
  const imports = [...declarations.values()].flatMap((declaration) => declaration.imports)
  for (const { source } of [...elsewhere.values(), ...imports])
    if (source.startsWith('.')) visit(join(dirname(path), source.replace(/\.ts$/, '.d.ts')), needed)
}

/** TypeScript leaves the endings of sources in declarations, where nothing of that name is. */
function withEndings(path: string): void {
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replaceAll(/((?:from|import\() ?['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
}
