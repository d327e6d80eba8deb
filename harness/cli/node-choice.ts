import { fileURLToPath } from 'node:url'
import { didYouMean } from '../../node/config/flags-nearest.ts'
import { type Bug, bugs, isBug } from '../incidents/bugs/bugs.ts'
import { runningFrom } from '../package/running-from.ts'
import { UsageError } from './usage-error.ts'

/** Which node a replay drives: ours as it is, ours with a rule broken, or a follower with a bug. */
export type NodeChoice =
  | { readonly kind: 'own'; readonly title: string }
  | { readonly kind: 'mutant'; readonly name: string; readonly title: string; readonly applied: () => void }
  | { readonly kind: 'bug'; readonly name: Bug; readonly title: string }

const root = fileURLToPath(new URL('../..', import.meta.url))

/** For the help of `--bug`. */
export const bugHelp = `Of a follower: ${Object.keys(bugs).join(', ')}. Of our node, in a checkout of Lockstep only: a rule that npm run mutants -- --list names, such as no-replay-guard`

/**
 * Reads `--bug`. What imports the node is loaded by the caller afterwards, so that it has the rule broken.
 * @throws UsageError with the nearest name; or that a package has no source to break a rule in.
 */
export async function chooseNode(
  name: string | undefined,
  { hasSources = runningFrom === 'sources' }: { readonly hasSources?: boolean } = {},
): Promise<NodeChoice> {
  if (name === undefined) return { kind: 'own', title: 'our node' }
  if (isBug(name)) return { kind: 'bug', name, title: `a follower that ${bugs[name]}` }
  const { mutants } = await import('../mutants/catalogue/mutants.ts')
  const mutant = mutants.find((one) => one.name === name)
  const known = Object.keys(bugs)
  if (mutant === undefined) {
    const names = hasSources ? [...known, ...mutants.map((one) => one.name)] : known
    const more = hasSources
      ? '; and npm run mutants -- --list has the rules of our node that can be broken'
      : ''
    throw new UsageError(
      `--bug: there is no ${JSON.stringify(name)}${didYouMean(name, names) || '.'} These are the bugs: ${known.join(', ')}${more}`,
    )
  }
  if (!hasSources)
    throw new UsageError(
      `--bug: ${name} breaks a rule in the sources of our node, which only a checkout of Lockstep has; in a package there are ${known.join(', ')}`,
    )
  const { loadMutant } = await import('../mutants/load-mutant.ts')
  const applied = loadMutant(mutant, root)
  return { kind: 'mutant', name, title: `our node without the rule "${mutant.rule}"`, applied }
}
