import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Hash over everything that decides what a bundle holds: the sources, the libraries that npm installed, and the Node.js that
 * runs.
 */
export function contentHash(root: string): string {
  const hash = createHash('sha256').update(process.version)
  for (const file of globSync(['package.json', '{node,harness}/**/*.ts'], { cwd: root }).sort()) {
    if (file.endsWith('.test.ts') || file.includes('testing/')) continue
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  hash.update(installedPackages(root) ?? '')
  return hash.digest('hex').slice(0, 16)
}

/** What npm says it installed, nearest above; null where another package manager did. */
function installedPackages(root: string): Buffer | null {
  for (let directory = root; ; directory = dirname(directory)) {
    try {
      return readFileSync(join(directory, 'node_modules/.package-lock.json'))
    } catch {
      if (dirname(directory) === directory) return null
    }
  }
}
