import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { shipViewer } from '../report/build-viewer.ts'
import { bundle } from './bundle.ts'
import { inputsOf, scenarioInputsOf } from './entries.ts'

/**
 * The program of `npm run build`, which `npm pack` calls: `dist` with modules of plain JavaScript, the scenarios, and the
 * types of what can be imported.
 */
const dist = join(packageRoot, 'dist')
const types = join(dist, 'types')
rmSync(dist, { recursive: true, force: true })
await bundle({
  cwd: packageRoot,
  inputs: { ...inputsOf(packageRoot), ...scenarioInputsOf(packageRoot) },
  directory: dist,
  libraries: 'outside',
})
await shipViewer()
execFileSync(
  process.execPath,
  [join(packageRoot, 'node_modules/typescript/bin/tsc'), '-p', 'harness/package/tsconfig.types.json'],
  { cwd: packageRoot, stdio: 'inherit' },
)
// TypeScript leaves the endings of sources in declarations, where nothing of that name is.
for (const file of globSync('**/*.d.ts', { cwd: types })) {
  const path = join(types, file)
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replaceAll(/((?:from|import\() ?['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'),
  )
}
process.stdout.write(`${dist}\n`)
