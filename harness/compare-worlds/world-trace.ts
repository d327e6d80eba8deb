import type { WorldEvent } from '../events/event.ts'

/** A block of L1 by its number, with its hash. */
type L1Chain = ReadonlyMap<number, string>

export interface TracedBlock {
  readonly hash: string
  /** The number of its L1 origin. */
  readonly origin: number
}

/** What two runs of a scenario must have in common, whatever world they were in. */
export interface WorldTrace {
  /** By follower: the follow cases in their order, each as often as it followed another. */
  readonly cases: ReadonlyMap<string, readonly string[]>
  /** The canonical chains at the end, as far as a head was seen at a block. */
  readonly l1: L1Chain
  readonly l2: ReadonlyMap<number, TracedBlock>
  /** How often L1 was reorged. */
  readonly reorgs: number
  /** Of both chains, Unix time in seconds. */
  readonly genesisSeconds: number
  /** When L1 began to produce blocks, Unix time in milliseconds. */
  readonly startMs: number
}

const casePrefix = 'follow case '

export function traceWorld(events: readonly WorldEvent[]): WorldTrace {
  const cases = new Map<string, string[]>()
  const l1 = new Map<number, string>()
  const l2 = new Map<number, TracedBlock>()
  let reorgs = 0
  let genesisSeconds = 0
  let startMs = 0
  for (const event of events) {
    if (event.kind === 'run') {
      const { genesisAge = 0 } = event.parameters
      genesisSeconds = Math.floor(Date.parse(event.startedAt) / 1000) - Number(genesisAge)
    } else if (event.kind === 'l1-production' && event.on && startMs === 0) startMs = Math.round(event.t)
    else if (event.kind === 'l1-block') put(l1, event.block.number, event.block.hash)
    else if (event.kind === 'l1-reorg') reorgs++
    else if (event.kind === 'reach' && event.node !== undefined && event.mark.startsWith(casePrefix)) {
      const told = cases.get(event.node) ?? []
      const one = event.mark.slice(casePrefix.length)
      if (told.at(-1) !== one) told.push(one)
      cases.set(event.node, told)
    } else if (event.kind === 'head' && event.level === 'localSafe' && event.origin !== undefined)
      put(l2, event.block.number, { hash: event.block.hash, origin: event.origin.number })
  }
  return { cases, l1, l2, reorgs, genesisSeconds, startMs }
}

/** A new block of that number takes away those above it that stood on another. */
function put<T>(chain: Map<number, T>, number: number, block: T): void {
  const before = chain.get(number)
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(block)) return
  if (before !== undefined) for (const above of chain.keys()) if (above > number) chain.delete(above)
  chain.set(number, block)
}
