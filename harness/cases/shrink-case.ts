import type { Case } from './case.ts'
import type { CaseOutcome } from './run-case.ts'

export interface ShrinkOptions {
  readonly onProgress?: ((line: string) => void) | undefined
  /** Nodes that stay: the reason is about them. */
  readonly keeps?: readonly string[]
  /** Runs at most. Default 200. */
  readonly runsMax?: number
  /** When the violation was seen, in milliseconds since the boot: what was to be done later is taken away at once. */
  readonly foundMs?: number
  /** Nothing more is tried once it is aborted: what is smallest then is the result. */
  readonly signal?: AbortSignal
}

/**
 * The smallest case found that is violated for the same reason: nothing after the violation, fewer deeds (by halves, then
 * one by one), fewer nodes and hostile peers, the default parameters, an even network, no users, no blobs, deeds that
 * last less long, a shorter time under faults.
 */
export async function shrinkCase(
  failing: Case,
  run: (one: Case) => Promise<Pick<CaseOutcome, 'violation'>>,
  { onProgress = () => {}, keeps = [], runsMax = 200, foundMs, signal }: ShrinkOptions = {},
): Promise<Case> {
  const reason = failing.violates?.reason
  if (reason === undefined) throw new Error(`${failing.name} violates nothing: there is nothing to shrink`)
  let best = failing
  let runs = 0
  const accept = async (candidate: Case): Promise<boolean> => {
    if (runs >= runsMax || signal?.aborted) return false
    runs++
    const { violation } = await run(candidate).catch(() => ({ violation: null }))
    if (violation?.reason !== reason) return false
    best = { ...candidate, violates: violation }
    onProgress(`${runs} runs: ${best.deeds.length} deeds, ${Object.keys(best.topology.cls).length} nodes`)
    return true
  }
  await nothingLater()
  await fewerDeeds()
  const withFewerDeeds = best
  for (const name of Object.keys(best.topology.cls)) {
    if (keeps.includes(name)) continue
    const fewer = withoutNode(best, name)
    if (fewer !== null) await accept(fewer)
  }
  for (const name of Object.keys(best.topology.hostile ?? {})) await accept(withoutHostile(best, name))
  for (const name of Object.keys(best.parameters) as (keyof Case['parameters'])[]) {
    const { [name]: _, ...parameters } = best.parameters
    await accept({ ...best, parameters })
  }
  if (best.roughNetwork === true) {
    const { roughNetwork: _, ...even } = best
    await accept(even)
  }
  if (best.transfersPerSecond !== undefined) {
    const { transfersPerSecond: _, ...idle } = best
    await accept(idle)
  }
  const { batcher } = best.topology
  if (batcher?.dataAvailability !== undefined) {
    const { dataAvailability: _, ...calldata } = batcher
    await accept({ ...best, topology: { ...best.topology, batcher: calldata } })
  }
  if (best !== withFewerDeeds) await fewerDeeds()
  for (let at = 0; at < best.deeds.length; at++) await shorter(at)
  const lastMs = Math.max(0, ...best.deeds.map(endOf))
  if (lastMs + 10_000 < best.faultsMs) await accept({ ...best, faultsMs: lastMs + 10_000 })
  return best

  async function nothingLater(): Promise<void> {
    if (foundMs === undefined || foundMs >= best.faultsMs) return
    const deeds = best.deeds.filter(({ atMs }) => atMs <= foundMs)
    await accept({ ...best, deeds, faultsMs: Math.ceil(foundMs / 1000) * 1000 + 1_000 })
  }

  /** Half as long, as often as that will do. */
  async function shorter(at: number): Promise<void> {
    for (;;) {
      const deed = best.deeds[at]
      if (deed === undefined || !('forMs' in deed) || deed.forMs === undefined || deed.forMs < 2_000) return
      const half = { ...deed, forMs: Math.ceil(deed.forMs / 2_000) * 1_000 }
      if (half.forMs >= deed.forMs || !(await accept({ ...best, deeds: best.deeds.with(at, half) }))) return
    }
  }

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

const endOf = (deed: Case['deeds'][number]) => deed.atMs + ('forMs' in deed ? (deed.forMs ?? 0) : 0)

/**
 * Without that node and all that was done to it; null for the one that builds blocks. Whoever followed it follows whom it
 * followed. Where it derived, the first of them derives in its place, and the others follow that one.
 */
export function withoutNode(one: Case, name: string): Case | null {
  const { cls, els, batcher, gossip, elPeers, hostile = {} } = one.topology
  const node = cls[name]
  if (node === undefined || batcher?.sequencer === name) return null
  const { el } = node
  const heir = node.follows ?? Object.keys(cls).find((other) => cls[other]?.follows === name)
  const inherit = (other: string, spec: typeof node) => {
    if (spec.follows !== name) return spec
    if (other !== heir) return { ...spec, follows: heir }
    const { follows: _, ...derives } = spec
    return { ...derives, ...(node.safeDb === undefined ? {} : { safeDb: node.safeDb }) }
  }
  const isOf = (point: string) =>
    point.split(/[→↔]/).some((part) => part.replace('(engine)', '') === name || part === el)
  /** What was done to the link of who followed it is done to the link of who follows in its place. */
  const inherited = (deed: Case['deeds'][number]) => {
    if (deed.kind !== 'fault') return deed
    const [consumer, source] = deed.point.split('→')
    const passesOn = source === name && consumer !== heir && cls[consumer ?? '']?.follows === name
    return passesOn ? { ...deed, point: `${consumer}→${heir}` } : deed
  }
  const fewer: Case = {
    ...one,
    topology: {
      ...one.topology,
      cls: Object.fromEntries(
        Object.entries(without(cls, name)).map(([other, spec]) => [other, inherit(other, spec)]),
      ),
      els: without(els, el),
      gossip: gossip.filter((pair) => !pair.includes(name)),
      elPeers: elPeers.filter((pair) => !pair.includes(el)),
    },
    deeds: one.deeds
      .map(inherited)
      .filter((deed) =>
        deed.kind === 'fault' ? !isOf(deed.point) : !('node' in deed && deed.node === name),
      ),
  }
  const left = Object.entries(hostile).map(
    ([peer, { gossip }]) => [peer, { gossip: gossip.filter((other) => other !== name) }] as const,
  )
  // Who is connected to nobody hears nothing, and says nothing.
  return left.reduce(
    (less, [peer, { gossip }]) => (gossip.length === 0 ? withoutHostile(less, peer) : less),
    withHostile(fewer, Object.fromEntries(left)),
  )
}

/** Without that hostile peer, all that it was told to send, and what was done to its connections. */
function withoutHostile(one: Case, name: string): Case {
  const deeds = one.deeds.filter((deed) => deed.kind !== 'fault' || !deed.point.split('↔').includes(name))
  return withHostile({ ...one, deeds }, without(one.topology.hostile ?? {}, name))
}

function withHostile(one: Case, hostile: NonNullable<Case['topology']['hostile']>): Case {
  const { hostile: _, ...topology } = one.topology
  return {
    ...one,
    topology: { ...topology, ...(Object.keys(hostile).length === 0 ? {} : { hostile }) },
  }
}

const without = <T>(parts: Readonly<Record<string, T>>, part: string) =>
  Object.fromEntries(Object.entries(parts).filter(([key]) => key !== part))
