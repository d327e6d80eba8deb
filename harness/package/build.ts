import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { shipViewer } from '../report/build-viewer.ts'
import { bundle } from './bundle.ts'
import { emitTypes } from './emit-types.ts'
import { inputsOf, scenarioInputsOf } from './entries.ts'
import { licencesOf } from './licences.ts'

/**
 * The program of `npm run build`, which `npm pack` calls: `dist` with modules of plain JavaScript that hold their libraries,
 * the scenarios, the types of what can be imported, and the licences of what is in it. Who installs it waits for few packages, and bundles nothing.
 */
const dist = join(packageRoot, 'dist')
rmSync(dist, { recursive: true, force: true })
const modules = await bundle({
  cwd: packageRoot,
  inputs: { ...inputsOf(packageRoot), ...scenarioInputsOf(packageRoot) },
  directory: dist,
})
writeFileSync(join(dist, 'third-party-licences.txt'), licencesOf([...modules, ...(await shipViewer())]))
emitTypes(join(dist, 'types'))
process.stdout.write(`${dist}\n`)
