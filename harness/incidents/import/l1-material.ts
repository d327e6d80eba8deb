import type { Hex } from 'viem'
import type { Fact } from '../../events/event.ts'
import type { BlockHeader } from '../record/block-header.ts'
import { createL1History } from '../record/l1-history.ts'

/** A node took a block for a part of L1. */
export interface Sighting {
  readonly t: number
  readonly node: string
  readonly number: number
  readonly hash: string
  readonly parent?: string | undefined
  /** It was the head of L1 then: nothing above it was. */
  readonly isHead: boolean
}

/** What L1 did, and how that is known. */
export interface L1Material {
  readonly facts: readonly { readonly t: number; readonly fact: Fact }[]
  /** The node whose word it is; null when L1 itself was asked, or nobody said anything. */
  readonly witness: string | null
  readonly orphans: number
}

interface Place {
  readonly t: number
  readonly header: BlockHeader
}

/** L1 over time, from what it says of itself now and from what nodes took for it then. `sightings` are in the order of time. */
export function l1FromMaterial(
  sightings: readonly Sighting[],
  canonical: readonly BlockHeader[],
): L1Material {
  return canonical.length > 0 ? fromHeaders(sightings, canonical) : fromWitness(sightings)
}

/** The blocks that it has now, each since its own time; at heights where a node saw another one, since that one was replaced. */
function fromHeaders(sightings: readonly Sighting[], canonical: readonly BlockHeader[]): L1Material {
  const byNumber = new Map(canonical.map((header) => [Number(header.number), header]))
  const orphans = new Map<string, Sighting>()
  for (const sighting of sightings) {
    const header = byNumber.get(sighting.number)
    if (header !== undefined && header.hash !== sighting.hash && !orphans.has(sighting.hash))
      orphans.set(sighting.hash, sighting)
  }
  /** When a node first saw the new block at an orphan's height, or one above it. */
  const replacedMs = (number: number, t: number) =>
    sightings.find((one) => one.t > t && one.number >= number && byNumber.get(one.number)?.hash === one.hash)
      ?.t
  const since = new Map<number, number>()
  for (const { number, t } of orphans.values())
    since.set(number, Math.max(since.get(number) ?? 0, replacedMs(number, t) ?? t + 1))
  const places: Place[] = [...orphans.values()].map(({ t, ...sighting }) => ({
    t,
    header: headerOf(sighting, t),
  }))
  let t = 0
  for (const header of canonical) {
    t = Math.max(t, Number(header.timestamp) * 1000, since.get(Number(header.number)) ?? 0)
    places.push({ t, header })
  }
  return { facts: replay(places), witness: null, orphans: orphans.size }
}

/** The blocks that the node saw which said most about L1. */
function fromWitness(sightings: readonly Sighting[]): L1Material {
  const counts = new Map<string, Set<string>>()
  for (const { node, hash } of sightings) counts.set(node, (counts.get(node) ?? new Set()).add(hash))
  const [best] = [...counts].sort(([, a], [, b]) => b.size - a.size)
  if (best === undefined) return { facts: [], witness: null, orphans: 0 }
  const [witness] = best
  const seen = createWitnessedChain()
  for (const sighting of sightings) if (sighting.node === witness) seen.add(sighting)
  return { facts: replay(seen.places), witness, orphans: seen.orphans.size }
}

/** L1 as one node names its blocks: few of them, and some of a new branch only when a head stands on them. */
function createWitnessedChain() {
  const hashes = new Map<number, string>()
  const parents = new Map<string, string>()
  const orphans = new Set<string>()
  const places: Place[] = []
  let head = -1

  /** The blocks down to that height that are known to lead to the head; none when its parent is not known. */
  function branchOfHead(lowest: number): ReadonlySet<string> {
    const branch = new Set<string>()
    let at = hashes.get(head)
    if (at === undefined || !parents.has(at)) return branch
    for (let number = head; at !== undefined && number >= lowest && !branch.has(at); number--) {
      branch.add(at)
      at = parents.get(at)
    }
    return branch
  }
  /** The heights from there to the head that have a block: whoever leaps by trillions has few. */
  function heightsFrom(lowest: number): readonly number[] {
    const count = Math.max(0, head - lowest + 1)
    if (count > hashes.size)
      return [...hashes.keys()].filter((number) => number >= lowest && number <= head).sort((a, b) => a - b)
    return Array.from({ length: count }, (_, index) => lowest + index)
  }
  function put({ t, number, hash, parent }: Omit<Sighting, 'node' | 'isHead'>): void {
    hashes.set(number, hash)
    head = Math.max(head, number)
    places.push({ t, header: headerOf({ number, hash, parent }, t) })
  }
  function add(sighting: Omit<Sighting, 'node'>): void {
    const { t, number, hash, parent, isHead } = sighting
    const known = hashes.get(number)
    if (known === hash || orphans.has(hash)) return
    if (parent !== undefined) {
      parents.set(hash, parent)
      const below = hashes.get(number - 1)
      if (below !== undefined && below !== parent) add({ t, number: number - 1, hash: parent, isHead })
    }
    if (known === undefined && number < head) return
    const kept = isHead ? new Set<string>() : branchOfHead(number)
    const above: { number: number; hash: string }[] = []
    for (const at of heightsFrom(number)) {
      const old = hashes.get(at)
      if (old === undefined) continue
      if (kept.has(old)) above.push({ number: at, hash: old })
      else if (hashes.delete(at)) orphans.add(old)
    }
    head = above.at(-1)?.number ?? number
    put(sighting)
    // The new branch goes on above it.
    for (const one of above) places.push({ t, header: headerOf(one, t) })
  }
  return { places, orphans, add }
}

function replay(places: readonly Place[]): readonly { readonly t: number; readonly fact: Fact }[] {
  const history = createL1History()
  const sorted = [...places].sort((a, b) => a.t - b.t || Number(a.header.number - b.header.number))
  const facts: { t: number; fact: Fact }[] = []
  let branch: Place[] = []
  const flush = () => {
    const added = history.add(branch.map(({ header }) => header))
    facts.push(...added.map((fact) => ({ t: branch[0]?.t ?? 0, fact })))
    branch = []
  }
  for (const place of sorted) {
    const last = branch.at(-1)
    // Blocks that came at once are one branch.
    if (last !== undefined && (place.t !== last.t || place.header.number !== last.header.number + 1n)) flush()
    branch.push(place)
  }
  flush()
  return facts
}

function headerOf(
  { number, hash, parent }: Pick<Sighting, 'number' | 'hash' | 'parent'>,
  t: number,
): BlockHeader {
  return {
    ...{ number: BigInt(number), hash: hash as Hex, parentHash: (parent ?? '0x') as Hex },
    timestamp: BigInt(Math.floor(t / 1000)),
  }
}
