import { z } from 'zod'

const object = z.record(z.string(), z.unknown())
const schema = z.looseObject({
  type: z.enum(['module', 'commonjs']).optional(),
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: object.optional(),
  devDependencies: object.optional(),
})

/** What `npm init` writes when nobody says what the tests are. */
const noTest = /no test specified/

export interface StartPackage {
  readonly moduleType: 'module' | 'commonjs'
  /** Null: the present file says all that is needed. */
  readonly text: string | null
  /** What was there and stays, although it is not what the start wants; null when nothing. */
  readonly note: string | null
}

/**
 * The `package.json` of a repository of scenarios: what is there stays, and what is missing is added.
 *
 * @param present the text of the file; null without one.
 * @param dependency how npm finds Lockstep, should nothing depend on it yet.
 * @throws Error when the file cannot be read as a package.json.
 */
export function startPackage(
  present: string | null,
  { name, dependency }: { readonly name: string; readonly dependency: string },
): StartPackage {
  const found =
    present === null ? { name, private: true, type: 'module' as const } : schema.parse(JSON.parse(present))
  const { scripts = {}, dependencies = {}, devDependencies = {} } = found as z.infer<typeof schema>
  const hasTest = scripts['test'] !== undefined && !noTest.test(scripts['test'])
  const isThere = 'lockstep' in dependencies || 'lockstep' in devDependencies
  const wanted = {
    ...found,
    type: found.type ?? 'module',
    ...(hasTest ? {} : { scripts: { ...scripts, test: 'lockstep accept' } }),
    ...(isThere ? {} : { devDependencies: { ...devDependencies, lockstep: dependency } }),
  }
  const isWhole = present !== null && found.type !== undefined && hasTest && isThere
  return {
    moduleType: wanted.type,
    text: isWhole ? null : `${JSON.stringify(wanted, null, 2)}\n`,
    note:
      hasTest && !scripts['test']?.includes('lockstep')
        ? 'npm test is something else here: npx lockstep accept runs the scenarios'
        : null,
  }
}
