import { dirname, join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'

/** Where bundles are kept, each in a folder that is named by the hash of what it was made of. */
export const bundlesDirectory: string = join(packageRoot, 'node_modules/.cache/lockstep/bundles')

/**
 * What this process runs: the sources of a checkout, the modules that a package ships, or a bundle of either with all
 * libraries.
 */
export const runningFrom: 'sources' | 'package' | 'bundle' = import.meta.filename.endsWith('.ts')
  ? 'sources'
  : dirname(import.meta.dirname) === bundlesDirectory
    ? 'bundle'
    : 'package'

/** The program `lockstep` as this process would run it; what it starts is then of the same make. */
export const ownMain: string =
  runningFrom === 'sources' ? join(packageRoot, 'harness/cli/main.ts') : join(import.meta.dirname, 'main.js')
