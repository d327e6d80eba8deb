import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'

/** The page that shows a report, without any run in it. */
export interface Viewer {
  readonly script: string
  readonly style: string
}

const folder = join(packageRoot, 'harness/report')
/** Where the package that is installed has it: built when the package was. */
const shippedPath = join(packageRoot, 'dist/viewer.json')

/**
 * The viewer: in a checkout built from the sources and kept by their hash, so that an old one is never shown; or else the
 * one that the package ships.
 */
export async function loadViewer(): Promise<Viewer> {
  if (!existsSync(join(folder, 'viewer'))) return JSON.parse(await readFile(shippedPath, 'utf8')) as Viewer
  const kept = join(packageRoot, 'node_modules/.cache/lockstep', `viewer-${hashOfSources()}.json`)
  if (existsSync(kept)) return JSON.parse(await readFile(kept, 'utf8')) as Viewer
  const { script, style } = await buildViewer()
  const viewer = { script, style }
  // A checkout of somebody else cannot be written to: then it is built each time.
  await writeViewer(viewer, kept).catch(() => {})
  return viewer
}

/**
 * Writes the viewer to where `loadViewer` of a package finds it; what packs the package calls this.
 * @returns the files that it is made of.
 */
export async function shipViewer(path: string = shippedPath): Promise<readonly string[]> {
  const { modules, ...viewer } = await buildViewer()
  await writeViewer(viewer, path)
  return modules
}

/** Whole or not at all: another process may be about to read it. */
async function writeViewer(viewer: Viewer, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const own = `${path}.${process.pid}`
  await writeFile(own, JSON.stringify(viewer))
  await rename(own, path)
}

/** Everything that decides what the viewer is. */
function hashOfSources(): string {
  const hash = createHash('sha256')
  const files = globSync('{viewer,model}/*.{ts,tsx,css,json}', { cwd: folder })
    .filter((file) => !file.includes('.test.'))
    .sort()
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
      .update('\0')
  for (const name of ['preact', 'vite'])
    hash.update(readFileSync(join(packageRoot, 'node_modules', name, 'package.json')))
  hash.update(readFileSync(join(folder, 'build-viewer.ts')))
  return hash.digest('hex').slice(0, 16)
}

/** Builds the viewer with vite, in memory. */
async function buildViewer(): Promise<Viewer & { readonly modules: readonly string[] }> {
  const { build } = await import('vite')
  const built = await build({
    configFile: false,
    root: join(folder, 'viewer'),
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2023',
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: { input: join(folder, 'viewer/main.tsx') },
    },
  })
  const output = (Array.isArray(built) ? built : [built]).flatMap((part) =>
    'output' in part ? part.output : [],
  )
  const chunks = output.flatMap((part) => (part.type === 'chunk' ? [part] : []))
  const style = output.find((part) => part.type === 'asset' && part.fileName.endsWith('.css'))
  if (chunks.length !== 1 || style?.type !== 'asset')
    throw new Error(
      `the viewer: expected one script and one style sheet, found ${output.map(({ fileName }) => fileName).join(', ')}`,
    )
  const [{ code, moduleIds }] = chunks as [(typeof chunks)[number]]
  return { script: code, style: String(style.source), modules: moduleIds }
}
