import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The directory of this package, without a slash at its end, whether its sources run, what `npm pack` made of them, or a
 * bundle.
 */
export const packageRoot: string = rootAbove(import.meta.dirname)

function rootAbove(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (nameIn(join(directory, 'package.json')) === 'lockstep') return directory
    if (dirname(directory) === directory)
      throw new Error(`expected the package.json of lockstep in a folder above ${start}, found none`)
  }
}

function nameIn(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  return (JSON.parse(text) as { readonly name?: unknown }).name
}
