import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { didYouMean } from '../../node/config/flags-nearest.ts'
import type { Bug } from '../incidents/bugs/bugs.ts'
import { UsageError } from './usage-error.ts'

/** Which node a replay drives: ours as it is, ours with a rule broken, or a follower with a bug. */
export type NodeChoice =
  | { readonly kind: 'own'; readonly title: string }
  | { readonly kind: 'mutant'; readonly name: string; readonly title: string; readonly applied: () => void }
  | { readonly kind: 'bug'; readonly name: Bug; readonly title: string }

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Reads `--bug`. What imports the node is loaded by the caller afterwards, so that it has the rule broken.
 * @throws UsageError with the nearest name; or that a package has no source to break a rule in.
 */
export async function chooseNode(name: string | undefined): Promise<NodeChoice> {
  if (name === undefined) return { kind: 'own', title: 'our node' }
  const { bugs, isBug } = await import('../incidents/bugs/bugs.ts')
  if (isBug(name)) return { kind: 'bug', name, title: `a follower that ${bugs[name]}` }
  const { mutants } = await import('../mutants/catalogue/mutants.ts')
  const mutant = mutants.find((one) => one.name === name)
  if (mutant === undefined) {
    const names = [...Object.keys(bugs), ...mutants.map((one) => one.name)]
    throw new UsageError(
      `--bug: there is no ${JSON.stringify(name)}${didYouMean(name, names) || '.'} These are the bugs: ${Object.keys(bugs).join(', ')}; and npm run mutants -- --list has the rules of our node that can be broken`,
    )
  }
  if (!existsSync(join(root, mutant.file)))
    throw new UsageError(`--bug: expected the source tree of Lockstep to break a rule in, found a package`)
  const { loadMutant } = await import('../mutants/load-mutant.ts')
  const applied = loadMutant(mutant, root)
  return { kind: 'mutant', name, title: `our node without the rule "${mutant.rule}"`, applied }
}
