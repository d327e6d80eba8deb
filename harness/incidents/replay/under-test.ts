import type { Explanation } from '../explain/explanation.ts'
import type { Incident } from '../explain/incident.ts'
import { ReplayError } from './replay-error.ts'

/**
 * The follower that is asked for; else the one that the explanation names, or that violated something first, or any.
 * @throws ReplayError when there is none.
 */
export function underTest(incident: Incident, { first, findings }: Explanation, wanted: string | undefined) {
  const followers = [...incident.nodes.values()].filter(
    ({ kind, source }) => kind === 'consensus' && source !== null,
  )
  const suspects =
    wanted === undefined
      ? [first?.node.replace(/-el$/, ''), ...findings.map(({ node }) => node), followers[0]?.name]
      : [wanted]
  const [node] = suspects.flatMap((name) => followers.find((one) => one.name === name) ?? [])
  const source = node?.source == null ? undefined : incident.nodes.get(node.source)
  if (node === undefined || source === undefined)
    throw new ReplayError(
      `expected ${wanted ?? 'a node'} to follow another one, found that these do: ${followers.map(({ name }) => name).join(', ') || 'none'}; what a node derives from is not in a recording`,
    )
  return { node, source }
}
