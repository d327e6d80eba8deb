import type { Case } from './case.ts'
import type { CaseOutcome } from './run-case.ts'

/** Runs of one shrinking at most. */
const runsMax = 200

/**
 * The smallest case found that is violated for the same reason: fewer deeds (by halves, then one by one), fewer nodes,
 * the default parameters, a shorter time under faults.
 */
export async function shrinkCase(
  failing: Case,
  run: (one: Case) => Promise<Pick<CaseOutcome, 'violation'>>,
  onProgress: (line: string) => void = () => {},
  /** Nodes that stay: the reason is about them. */
  keeps: readonly string[] = [],
): Promise<Case> {
  const reason = failing.violates?.reason
  if (reason === undefined) throw new Error(`${failing.name} violates nothing: there is nothing to shrink`)
  let best = failing
  let runs = 0
  const accept = async (candidate: Case): Promise<boolean> => {
    if (runs >= runsMax) return false
    runs++
    const { violation } = await run(candidate).catch(() => ({ violation: null }))
    if (violation?.reason !== reason) return false
    best = { ...candidate, violates: violation }
    onProgress(`${runs} runs: ${best.deeds.length} deeds, ${Object.keys(best.topology.cls).length} nodes`)
    return true
  }
  await fewerDeeds()
  const withFewerDeeds = best
  for (const name of Object.keys(best.topology.cls)) {
    if (keeps.includes(name)) continue
    const fewer = withoutNode(best, name)
    if (fewer !== null) await accept(fewer)
  }
  for (const name of Object.keys(best.parameters) as (keyof Case['parameters'])[]) {
    const { [name]: _, ...parameters } = best.parameters
    await accept({ ...best, parameters })
  }
  const lastMs = Math.max(
    0,
    ...best.deeds.map((deed) => deed.atMs + ('forMs' in deed ? (deed.forMs ?? 0) : 0)),
  )
  if (lastMs + 10_000 < best.faultsMs) await accept({ ...best, faultsMs: lastMs + 10_000 })
  if (best !== withFewerDeeds) await fewerDeeds()
  return best

  /** Zeller's ddmin over the deeds: it takes away ever smaller parts, until no single one can go. */
  async function fewerDeeds(): Promise<void> {
    for (let size = best.deeds.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best.deeds.length; ) {
        const taken = await accept({ ...best, deeds: best.deeds.toSpliced(at, size) })
        if (!taken) at += size
      }
    }
  }
}

/** Without a node that nobody needs, and all that was done to it; null when somebody does. */
export function withoutNode(one: Case, name: string): Case | null {
  const { cls, els, batcher, gossip, elPeers } = one.topology
  const node = cls[name]
  const needed = batcher?.sequencer === name || Object.values(cls).some(({ follows }) => follows === name)
  if (node === undefined || needed) return null
  const { el } = node
  const without = <T>(parts: Readonly<Record<string, T>>, part: string) =>
    Object.fromEntries(Object.entries(parts).filter(([key]) => key !== part))
  const isOf = (point: string) =>
    point.split(/[→↔]/).some((part) => part.replace('(engine)', '') === name || part === el)
  return {
    ...one,
    topology: {
      ...{ cls: without(cls, name), els: without(els, el), batcher },
      gossip: gossip.filter((pair) => !pair.includes(name)),
      elPeers: elPeers.filter((pair) => !pair.includes(el)),
    },
    deeds: one.deeds.filter((deed) =>
      deed.kind === 'fault' ? !isOf(deed.point) : !('node' in deed && deed.node === name),
    ),
  }
}
