import { type BlockId, isZeroRef, sameBlock } from '../../node/protocol/refs.ts'
import type { InstalledFaults } from '../control/installed-faults.ts'
import type { WorldEvent } from '../events/event.ts'
import type { Transfers } from '../load/transfers.ts'
import { formatTable } from '../report/table.ts'
import { headOf, levels } from '../world/levels.ts'
import type { World } from '../world/world.ts'
import { type KeyState, keyLines } from './up-keys.ts'

/** What a view shows that no handle can be asked for at once. */
export interface Heard {
  add(event: WorldEvent): void
  /** How the node's last poll of its source ended, in the words of the marks; null before the first. */
  follow(node: string): string | null
  peers(node: string): number
  readonly lastReorg: string | null
}

export function createHeard(): Heard {
  const follows = new Map<string, string>()
  const peers = new Map<string, Set<string>>()
  let lastReorg: string | null = null
  return {
    add(event) {
      if (event.kind === 'reach' && event.node !== undefined && !event.mark.startsWith('sequencing'))
        follows.set(event.node, event.mark.replace(/^(follow |dropped_)/, '').replaceAll('_', ' '))
      if (event.kind === 'peer') {
        const known = peers.get(event.node) ?? new Set()
        peers.set(event.node, known)
        if (event.connected) known.add(event.peer)
        else known.delete(event.peer)
      }
      if (event.kind === 'l1-reorg')
        lastReorg = `${blocks(event.orphaned.length)} from ${event.orphaned[0]?.number}, now ${event.replaced.length}`
    },
    follow: (node) => follows.get(node) ?? null,
    peers: (node) => peers.get(node)?.size ?? 0,
    get lastReorg() {
      return lastReorg
    },
  }
}

export interface LiveState {
  readonly world: World
  readonly heard: Heard
  readonly keys: KeyState
  readonly faults: InstalledFaults
  readonly transfers: Transfers | null
  /** What the last key did, or why it did not. */
  readonly said: string
  /** Without a keyboard there are no keys to tell of. */
  readonly interactive: boolean
}

const faultsShown = 4

/** The live lines of `lockstep up`, for 80 columns. */
export function liveLines(live: LiveState): readonly string[] {
  const { world, heard, keys, transfers } = live
  const { safe, finalized } = world.l1.controller.labels()
  const l1 = `L1 ${world.l1.view.head.number} (safe ${safe}, finalized ${finalized})${keys.producing ? '' : ', stopped'}`
  const load = transfers === null ? [] : [`${transfers.sent} transfers${refusals(transfers)}`]
  const reorg = heard.lastReorg === null ? [] : [`last reorg: ${heard.lastReorg}`]
  const standing = live.faults.list()
  return [
    '',
    [l1, ...(keys.batcherOn ? [] : ['batcher off']), ...reorg].join('  '),
    ...load,
    ...nodeLines(live),
    ...standing
      .slice(0, faultsShown)
      .map(
        ([id, { point, fault, hits }]) =>
          `fault ${id} on ${point}: ${fault.name}, ${hits === 1 ? '1 hit' : `${hits} hits`}`,
      ),
    ...(standing.length > faultsShown ? [`and ${standing.length - faultsShown} more faults`] : []),
    ...(live.interactive
      ? ['', live.said === '' ? `reorg depth ${keys.depth}` : live.said, ...keyLines]
      : []),
  ]
}

function nodeLines({ world, heard, keys, interactive }: LiveState): readonly string[] {
  const nodes = [...world.cls.values()]
  const cross = nodes.some(({ status: { latest } }) => latest !== null && differs(latest.status))
  const shown = levels.filter((level) => level !== 'crossSafe' || cross)
  const rows = nodes.map((node) => {
    const { latest } = node.status
    const heads = [
      ...shown.map((level) => (latest === null ? '?' : cell(headOf(latest.status, level)))),
      latest === null ? '?' : cell(latest.status.currentL1),
    ]
    const mark = interactive && node.name === keys.selected ? '>' : ' '
    return [`${mark}${node.name}`, ...heads, String(heard.peers(node.name)), stateOf(node, heard, keys)]
  })
  return formatTable([[' node', ...shown, 'currentL1', 'peers', ''], ...rows]).split('\n')
}

const differs = (status: Parameters<typeof headOf>[0]) =>
  !sameBlock(headOf(status, 'crossSafe'), headOf(status, 'localSafe'))

type Node = World['cls'] extends ReadonlyMap<string, infer Handle> ? Handle : never

function stateOf({ name, lifecycle, spec }: Node, heard: Heard, keys: KeyState): string {
  if (!lifecycle.running) return 'stopped'
  if (keys.paused.has(name)) return 'paused'
  if (keys.cut.has(name)) return 'cut off'
  if (spec.sequencer !== undefined && !keys.sequencerOn) return 'builds none'
  return heard.follow(name) ?? ''
}

/** Enough of the hash to tell two forks apart. */
function cell(block: BlockId): string {
  return isZeroRef(block) ? '-' : `${block.number}:${block.hash.slice(2, 5)}`
}

const blocks = (count: number) => (count === 1 ? '1 block' : `${count} blocks`)
const refusals = ({ refused, lastRefusal }: Transfers) =>
  refused === 0 ? '' : `, ${refused} refused: ${lastRefusal}`
