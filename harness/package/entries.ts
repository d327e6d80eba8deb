import { globSync } from 'node:fs'
import { join } from 'node:path'

/** What can be imported from the package, by what stands behind `lockstep` in an import; each file is an entry of its own. */
export const publicEntries: Readonly<Record<string, string>> = {
  '': 'harness/index.ts',
  '/topologies': 'harness/topologies.ts',
  '/faults': 'harness/faults.ts',
  '/clients': 'harness/clients.ts',
  '/invariants': 'harness/invariants.ts',
  '/events': 'harness/events.ts',
  '/config': 'harness/config.ts',
  '/control': 'harness/control/control-client.ts',
}

/** The name of an entry's file, without its ending, in a bundle. */
export function entryName(subpath: string): string {
  return subpath === '' ? 'index' : subpath.slice(1)
}

/**
 * The programs: `main` is the command line; a node starts `kzg-worker` as a thread, `store-check-process` as a process; a
 * campaign starts `campaign-worker` as processes.
 */
const programs: Readonly<Record<string, string>> = {
  main: 'harness/cli/main.ts',
  run: 'harness/cli/run.ts',
  'kzg-worker': 'node/adapters/kzg/kzg-worker.ts',
  'campaign-worker': 'harness/fuzz/campaign-worker.ts',
  'store-check-process': 'node/adapters/files/store-check-process.ts',
}

/** Source files by the name of what is made of them. */
export function inputsOf(root: string): Readonly<Record<string, string>> {
  const entries = Object.entries(publicEntries).map(([subpath, file]) => [entryName(subpath), file] as const)
  return Object.fromEntries(
    [...entries, ...Object.entries(programs)].map(([name, file]) => [name, join(root, file)]),
  )
}

/** The scenarios that the package ships. The devstack's own tests start the sources: they stay in the checkout. */
export function scenarioInputsOf(root: string): Readonly<Record<string, string>> {
  const files = globSync('scenarios/**/*.test.ts', { cwd: root, exclude: ['scenarios/devstack/**'] })
  return Object.fromEntries(files.sort().map((file) => [file.replace(/\.ts$/, ''), join(root, file)]))
}
