import { join } from 'node:path'
import { useCompileCache } from '../compile-cache.ts'
import { driverVariable } from '../drivers/placement.ts'
import { bundleMadeApart } from '../package/ready-bundle.ts'
import { commands } from './commands.ts'
import { endWithNpm } from './npm-ancestors.ts'

// The launcher for an old Node.js is our parent: without it nobody would see what happens here.
if (process.channel !== undefined && process.channel !== null) {
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

endWithNpm()

/**
 * What runs a command: for one that loads the whole harness, and starts programs that do, a bundle with its libraries.
 * An image for containers holds the sources.
 */
async function programFor([name, ...flags]: readonly string[]): Promise<typeof import('./run.ts')> {
  const entry = commands.find((command) => command.name === name)
  const inContainers = process.env[driverVariable] === 'docker' || flags.includes('--compose')
  const isHelp = flags.includes('--help') || flags.includes('-h')
  if (entry?.bundled !== true) return import('./run.ts')
  useCompileCache()
  if (inContainers || isHelp) return import('./run.ts')
  const onMake = () =>
    process.stderr.write('lockstep: bundling what changed, once; this takes some seconds\n')
  const directory = await bundleMadeApart({ onMake })
  if (directory === null) return import('./run.ts')
  return import(join(directory, 'run.js'))
}

const argv = process.argv.slice(2)
const { run, isUsageError } = await programFor(argv)
try {
  // Not by an empty event loop: a library's forgotten timer would keep a finished command alive.
  process.exit(await run(argv))
} catch (error) {
  if (!isUsageError(error)) throw error
  process.stderr.write(`lockstep: ${error.message}\n`)
  process.exit(2)
}
