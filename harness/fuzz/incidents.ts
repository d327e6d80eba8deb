import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { type Case, parseCase } from '../cases/case.ts'

const directory = join(packageRoot, 'fixtures/incidents')
const suffix = '.json'

/** The names of the known incidents: worlds in which something has gone wrong once. */
export function incidentNames(): readonly string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort()
}

/** A known incident as a campaign begins with it: looked at as seldom as any other run. */
export function readIncident(name: string): Case {
  const file = `${name}${suffix}`
  const { mutant: _, source: __, ...one } = parseCase(readFileSync(join(directory, file), 'utf8'), file)
  return { ...one, observationsPerBlock: 1, violates: null }
}
