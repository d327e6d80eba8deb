import { z } from 'zod'

/** What is read of npm's lockfile, version 3. */
const lockfileSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      dependencies: z.record(z.string(), z.string()).optional(),
      devDependencies: z.record(z.string(), z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

/**
 * What only the harness itself, its tests and its tools use: nothing that runs in a container imports it. `devDependencies`
 * are not that: npm's package has its libraries inside, an image has the sources.
 */
export const harnessOnly: readonly string[] = [
  ...['dockerode', 'execa', 'rolldown', 'tar-stream', 'vitest', 'vite', 'preact', 'playwright-core'],
  ...['@biomejs/biome', 'fast-check', 'knip', 'solc', 'typescript'],
  ...['@ethereumjs/block', '@ethereumjs/statemanager', '@ethereumjs/vm'],
  ...['@types/dockerode', '@types/node', '@types/tar-stream', '@types/ws'],
]

/**
 * Folders of the packages that the project's programs need, such as `node_modules/viem`, by the rules by which Node.js
 * finds them: from the project's own dependencies without `except`, and theirs, nested first.
 * Optional ones are listed whether they are installed or not.
 */
export function neededPackages(
  lockfile: unknown,
  except: readonly string[] = harnessOnly,
): readonly string[] {
  const { packages } = lockfileSchema.parse(lockfile)
  const needed = new Set<string>()
  const own = { ...packages['']?.dependencies, ...packages['']?.devDependencies }
  const waiting = Object.keys(own)
    .filter((name) => !except.includes(name))
    .map((name) => find(name, ''))
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (folder === null || needed.has(folder)) continue
    needed.add(folder)
    const { dependencies = {}, optionalDependencies = {} } = packages[folder] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
      waiting.push(find(name, folder))
  }
  return [...needed].sort()

  /** The nearest folder above that has it. */
  function find(name: string, from: string): string | null {
    for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
      const folder = `${base === '' ? '' : `${base}/`}node_modules/${name}`
      if (packages[folder] !== undefined) return folder
      if (base === '') return null
      if (!base.includes('/node_modules/')) base = ''
    }
  }
}
