import type { HeadLevel, WorldEvent } from '../events/event.ts'
import { formatTable } from '../report/table.ts'
import { createHeard } from './up-live.ts'

/** What the endpoints of a network that somebody else runs have told so far. */
export interface AttachedView {
  add(event: WorldEvent): void
  /** For 80 columns. */
  lines(): readonly string[]
}

const levels: readonly HeadLevel[] = ['unsafe', 'localSafe', 'finalized', 'currentL1']

/** @param names of the nodes, in the order of their rows. */
export function createAttachedView(names: readonly string[]): AttachedView {
  const heads = new Map<string, Map<HeadLevel, string>>()
  const away = new Map<string, string>()
  const heard = createHeard()
  let l1Head = '?'
  let labels: { readonly safe: number; readonly finalized: number } | null = null
  return {
    add(event) {
      heard.add(event)
      if (event.kind === 'head') {
        const known = heads.get(event.node) ?? new Map<HeadLevel, string>()
        heads.set(event.node, known.set(event.level, short(event.block)))
      }
      if (event.kind === 'l1-block') l1Head = short(event.block)
      if (event.kind === 'l1-labels') labels = event
      // The recorder asks by links of its own, and says `gap` when an answer comes again.
      if (event.kind === 'rpc' && event.outcome !== 'ok')
        away.set(event.link.replace(/^recorder→/, ''), event.outcome)
      if (event.kind === 'gap') away.delete(event.component)
    },
    lines() {
      const l1 = labels === null ? l1Head : `${l1Head} (safe ${labels.safe}, finalized ${labels.finalized})`
      const rows = names.map((name) => {
        const known = heads.get(name)
        const state = away.get(name)
        return [
          name,
          ...levels.map((level) => known?.get(level) ?? '?'),
          String(heard.peers(name)),
          state === undefined ? '' : `away: ${state}`,
        ]
      })
      const others = [...away].filter(([name]) => !names.includes(name))
      return [
        `L1 ${l1}${heard.lastReorg === null ? '' : `  last reorg: ${heard.lastReorg}`}`,
        ...formatTable([['node', ...levels, 'peers', ''], ...rows]).split('\n'),
        ...others.map(([name, outcome]) => `${name} is away: ${outcome}`),
      ]
    },
  }
}

/** Enough of the hash to tell two forks apart. */
function short({ number, hash }: { readonly number: number; readonly hash: string }): string {
  return /^0x0*$/.test(hash) ? '-' : `${number}:${hash.slice(2, 5)}`
}
