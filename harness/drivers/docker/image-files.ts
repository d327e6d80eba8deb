import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ArchiveEntry } from './archive.ts'
import { imageRoot } from './launch-in-container.ts'
import { neededPackages } from './packages.ts'

/** What Node.js can load. Sources, types and texts of packages stay here. */
const loaded = /\.(js|mjs|cjs|json|node|wasm)$/
const binaries = ['node_modules/node/bin/node']
const ofProject = [
  ...['package.json', 'node/**/*.ts', 'harness/**/*.ts', 'fixtures/contracts/artifacts.json'],
  'fixtures/incidents/*.json',
]

/**
 * Everything that an image of this project holds: the project, the packages it needs, Node.js and anvil as npm shipped them,
 * and the shared libraries of this machine that these are linked with.
 * @throws when the platform cannot be put into an image, or a package is missing.
 */
export function imageFiles(projectRoot: string): readonly ArchiveEntry[] {
  if (process.platform !== 'linux')
    throw new Error(
      `expected Linux: an image is made of this machine's programs and libraries; found ${process.platform}`,
    )
  const lockfile: unknown = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'))
  const packages = neededPackages(lockfile).filter((folder) => existsSync(join(projectRoot, folder)))
  const files = [
    ...globSync([...ofProject], { cwd: projectRoot }).filter((path) => !path.endsWith('.test.ts')),
    ...packages.flatMap((folder) => filesOfPackage(projectRoot, folder)),
  ].sort()
  const programs = files.filter((path) => path.endsWith('.node') || isProgram(join(projectRoot, path)))
  if (!programs.includes(binaries[0] ?? ''))
    throw new Error('expected npm’s Node.js in node_modules/node; run npm ci')
  return [
    { path: 'tmp/', mode: 0o1777, content: 'directory' },
    ...files.map((path) => entry(join(projectRoot, path), `${imageRoot.slice(1)}/${path}`)),
    ...sharedLibraries(programs.map((path) => join(projectRoot, path))).map((path) =>
      entry(path, path.slice(1)),
    ),
  ]
}

function entry(file: string, path: string): ArchiveEntry {
  return { path, mode: (statSync(file).mode & 0o111) === 0 ? 0o644 : 0o755, content: { file } }
}

/** Files of one package, without the packages nested in it, which have folders of their own. */
function filesOfPackage(projectRoot: string, folder: string): readonly string[] {
  return globSync(`${folder}/**/*`, {
    cwd: projectRoot,
    exclude: (path) => path.slice(folder.length).includes('/node_modules'),
  }).filter((path) => {
    if (path.slice(folder.length + 1).includes('node_modules/')) return false
    const file = join(projectRoot, path)
    return statSync(file).isFile() && (loaded.test(path) || isProgram(file))
  })
}

/** An ELF file that is no library of another kind: what the kernel can start. */
function isProgram(file: string): boolean {
  const { mode, size } = statSync(file)
  return (mode & 0o111) !== 0 && size > 1_000_000
}

/** Paths of the shared libraries that these are linked with, and of the loader, as `ldd` finds them. */
function sharedLibraries(programs: readonly string[]): readonly string[] {
  const libraries = new Set<string>()
  for (const program of programs) {
    let text: string
    try {
      text = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    } catch {
      // Static, or for another C library: there is nothing of this machine that it could use.
      continue
    }
    for (const [, path] of text.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/gm))
      if (path !== undefined) libraries.add(path)
  }
  return [...libraries].sort()
}
