import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { timelineOf } from './write-report.ts'

/**
 * Finds the stream of a run by its directory, its file, or a part of its name; `latest` is the newest run.
 * @param root where runs are kept.
 * @throws Error with the newest runs, when there is none or more than one.
 */
export function findRun(name: string, root: string): string {
  const path = resolve(name)
  if (existsSync(path)) return statSync(path).isDirectory() ? timelineOf(path) : path
  // Names begin with the time.
  const runs = existsSync(root)
    ? readdirSync(root)
        .filter((run) => existsSync(timelineOf(join(root, run))))
        .sort()
    : []
  const newest = runs.at(-1)
  if (name === 'latest' && newest !== undefined) return timelineOf(join(root, newest))
  const found = runs.filter((run) => run.includes(name))
  const [only] = found
  if (found.length === 1 && only !== undefined) return timelineOf(join(root, only))
  const listed = (found.length > 0 ? found : runs).slice(-8).reverse()
  throw new Error(
    [
      `expected a run, found ${found.length === 0 ? 'none' : found.length} by the name ${JSON.stringify(name)} in ${root}`,
      ...(listed.length === 0
        ? ['no run is kept there']
        : [`${found.length > 0 ? 'it could be' : 'the newest are'}:`]),
      ...listed.map((run) => `  ${run}`),
    ].join('\n'),
  )
}
