import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { type DeclarationModule, readDeclarations } from './declaration-module.ts'
import { publicEntries } from './entries.ts'

/** The surface as it is meant to be. */
export const apiReportPath = join(packageRoot, 'harness/package/api.txt')

/** A declaration by its file, from the root of the types, and its name there. */
interface Declared {
  readonly file: string
  readonly name: string
}

/**
 * The public surface as text: what each entry exports, then every declaration that those lead to, without comments. It is
 * kept in `api.txt` (`npm run api`), so that a change of it is seen and meant.
 * @param typesRoot the folder with the declarations that `npm run build` makes.
 * @throws Error when an export leads to no declaration.
 */
export function apiReport(typesRoot: string): string {
  const modules = new Map<string, DeclarationModule>()
  const moduleOf = (file: string) => {
    const known = modules.get(file)
    if (known !== undefined) return known
    const text = readFileSync(join(typesRoot, file), 'utf8')
    const made = readDeclarations(text, parseAst(text, { lang: 'dts' }))
    modules.set(file, made)
    return made
  }
  /** Where a name that a file knows is declared; null for what comes from a library. */
  const resolve = (file: string, name: string): Declared | null | undefined => {
    const { declarations, elsewhere } = moduleOf(file)
    if (declarations.has(name)) return { file, name }
    const from = elsewhere.get(name)
    if (from === undefined) return undefined
    return from.source.startsWith('.') ? resolve(besides(file, from.source), from.name) : null
  }

  const found = new Map<string, string>()
  const visit = ({ file, name }: Declared) => {
    const key = `${file} ${name}`
    if (found.has(key)) return
    const { text, names, imports } = moduleOf(file).declarations.get(name)!
    found.set(key, text)
    for (const other of names) {
      const declared = resolve(file, other)
      if (declared) visit(declared)
    }
    for (const { source, name: imported } of imports) {
      const declared = source.startsWith('.') ? resolve(besides(file, source), imported) : null
      if (declared) visit(declared)
    }
  }

  const entries = Object.entries(publicEntries).map(([subpath, source]) => {
    const file = source.replace(/\.ts$/, '.d.ts')
    const lines = [...moduleOf(file).exported].sort().map((name) => {
      const declared = resolve(file, name)
      if (declared === undefined)
        throw new Error(`${source} exports ${name}: expected a declaration, found none`)
      if (declared !== null) visit(declared)
      return `  ${name}${declared === null ? ' (of a library)' : ''}`
    })
    return [`lockstep${subpath}`, ...lines].join('\n')
  })
  const declarations = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  const listed = declarations.map(
    ([key, text]) => `// ${key.split(' ')[0]?.replace(/\.d\.ts$/, '.ts')}\n${text}`,
  )
  return `${[...entries, ...listed].join('\n\n')}\n`
}

/** The declarations that a relative import names. */
function besides(file: string, source: string): string {
  return relative('.', join(dirname(file), source)).replace(/(?<!\.d)\.(?:ts|js)$/, '.d.ts')
}
