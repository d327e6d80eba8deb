import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

/** A library whose code stands in a bundle. */
interface Library {
  readonly name: string
  readonly version: string
  /** SPDX, as its `package.json` says. */
  readonly licence: string
  /** Of the file that it ships; null when it ships none. */
  readonly text: string | null
}

/**
 * What the licences of bundled libraries ask for: their names, versions and licences, each text once with those that share
 * it.
 * @param modules the files that were taken in; those below no `node_modules` are ours.
 * @throws Error when a library names no licence.
 */
export function licencesOf(modules: Iterable<string>): string {
  const libraries = [...new Set([...modules].flatMap((file) => packageOf(file) ?? []))]
    .map(readLibrary)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const byText = Map.groupBy(libraries, ({ licence, text }) => text ?? `Licence: ${licence}`)
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map((library) => `${nameOf(library)} (${library.licence})`)
    return `${[...new Set(names)].join('\n')}\n\n${text}\n`
  })
  return [
    'The JavaScript of this package holds code of the libraries below, under their licences. Their sources, unchanged: https://registry.npmjs.org/NAME/VERSION\n',
    ...sections,
  ].join(`\n${'-'.repeat(80)}\n\n`)
}

const nameOf = ({ name, version }: Library) => `${name} ${version}`

/** The folder of the package that a file is of: below the last `node_modules`. */
function packageOf(file: string): string | null {
  const folder = `${sep}node_modules${sep}`
  const at = file.lastIndexOf(folder)
  if (at < 0) return null
  const parts = file.slice(at + folder.length).split(sep)
  const name = parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1)
  return file.slice(0, at + folder.length) + name.join(sep)
}

function readLibrary(directory: string): Library {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
    readonly license?: string
  }
  if (typeof license !== 'string') throw new Error(`${name} ${version}: expected a licence, found none`)
  const file = readdirSync(directory).find((entry) => /^(licen[cs]e|copying)(\.\w+|-mit)?$/i.test(entry))
  const text = file === undefined ? null : readFileSync(join(directory, file), 'utf8').trim()
  return { name, version, licence: license, text: text === null ? null : text.replaceAll('\r\n', '\n') }
}
