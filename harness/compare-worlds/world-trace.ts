import type { WorldEvent } from '../events/event.ts'

/** A block of L1 by its number, with its hash. */
type L1Chain = ReadonlyMap<number, string>

export interface TracedBlock {
  readonly hash: string
  /** The number of its L1 origin. */
  readonly origin: number
  /** How long after its own time somebody first had it as a head, in milliseconds. */
  readonly lateMs: number
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
  /** Of L2, in milliseconds. */
  readonly blockTimeMs: number
  /** When L1 had its first block, Unix time in milliseconds. */
  readonly startMs: number
  /** When everything ran and blocks began to be built, Unix time in milliseconds. */
  readonly bootedMs: number
}

const casePrefix = 'follow case '

export function traceWorld(events: readonly WorldEvent[]): WorldTrace {
  const cases = new Map<string, string[]>()
  const l1 = new Map<number, string>()
  const l2 = createChain()
  let reorgs = 0
  let genesisSeconds = 0
  let startMs = 0
  let bootedMs = 0
  let blockTimeMs = 0
  for (const event of events) {
    if (event.kind === 'run') {
      const { genesisAge = 0, l2BlockTime = 0 } = event.parameters
      blockTimeMs = Number(l2BlockTime) * 1000
      genesisSeconds = Math.floor(Date.parse(event.startedAt) / 1000) - Number(genesisAge)
    } else if (event.kind === 'l1-block') {
      if (startMs === 0) startMs = Math.round(event.t)
      put(l1, event.block.number, event.block.hash)
    } else if (event.kind === 'booted') bootedMs = Math.round(event.t)
    else if (event.kind === 'l1-reorg') reorgs++
    else if (event.kind === 'reach' && event.node !== undefined && event.mark.startsWith(casePrefix)) {
      const told = cases.get(event.node) ?? []
      const one = event.mark.slice(casePrefix.length)
      if (told.at(-1) !== one) told.push(one)
      cases.set(event.node, told)
    } else if (event.kind === 'head' && event.origin !== undefined) {
      const { block, origin, level } = event
      // What follows or observes L1 is no block of L2.
      if (level !== 'currentL1' && level !== 'headL1') {
        const lateMs = Math.round(event.t - genesisSeconds * 1000 - block.number * blockTimeMs)
        l2.add({ ...block, origin: origin.number, lateMs }, level === 'localSafe')
      }
    }
  }
  return { cases, l1, l2: l2.canonical(), reorgs, genesisSeconds, startMs, bootedMs, blockTimeMs }
}

interface SeenBlock extends TracedBlock {
  readonly number: number
  readonly parent?: string | undefined
}

/** Every block that some node had as a head, and which of them are below the last safe one. */
function createChain() {
  const byHash = new Map<string, SeenBlock>()
  const newest = new Map<number, SeenBlock>()
  let top: SeenBlock | undefined
  return {
    add(block: SeenBlock, isSafe: boolean): void {
      const first = byHash.get(block.hash) ?? block
      byHash.set(block.hash, first)
      newest.set(block.number, first)
      if (isSafe) top = first
    },
    canonical(): ReadonlyMap<number, TracedBlock> {
      const chain = new Map<number, TracedBlock>()
      for (let block = top; block !== undefined && block.number > 0; ) {
        chain.set(block.number, { hash: block.hash, origin: block.origin, lateMs: block.lateMs })
        // Nobody looks often enough to see every block: of one that was missed, the newest below is of the chain.
        let below = block.parent === undefined ? undefined : byHash.get(block.parent)
        for (let number = block.number - 1; below === undefined && number > 0; number--)
          below = newest.get(number)
        block = below
      }
      return chain
    },
  }
}

/** A new block of that number takes away those above it that stood on another. */
function put(chain: Map<number, string>, number: number, block: string): void {
  const before = chain.get(number)
  if (before !== undefined && before === block) return
  if (before !== undefined) for (const above of chain.keys()) if (above > number) chain.delete(above)
  chain.set(number, block)
}
