import type { RunIndex } from './run-index.ts'

/** Something that a reader may want to jump to. */
export interface Moment {
  readonly t: number
  /** `bad` is what failed; `deed` is what the scenario did; `news` is what the nodes or L1 did. */
  readonly kind: 'bad' | 'deed' | 'news'
  readonly text: string
}

/** Marks that stand for a turn; the others come with every status. */
const telling = /^reset|case 4|went back|sequencing/
const deeds: readonly string[] = ['stop', 'kill', 'pause', 'resume', 'wipe']

/** The turning points of a run, in the order of time. */
export function momentsOf(index: RunIndex): readonly Moment[] {
  const moments: Moment[] = []
  const add = (kind: Moment['kind'], t: number, text: string) => moments.push({ t, kind, text })
  for (const { t, orphaned, replaced } of index.reorgs)
    add(
      'news',
      t,
      `L1 reorg: ${orphaned.length} from block ${orphaned[0]?.number ?? '?'} replaced by ${replaced.length}`,
    )
  for (const { name, point, from, to, hits } of index.faults) {
    add('deed', from, `fault ${name} on ${point}`)
    if (hits[0] !== undefined) add('news', hits[0], `fault ${name} hits first`)
    if (to !== null) add('deed', to, `fault ${name} ends after ${hits.length} hits`)
  }
  for (const { t, invariant, node } of index.violations)
    add('bad', t, `invariant ${invariant} violated by ${node}`)
  for (const { t, invariant, node, message } of index.known)
    add('news', t, `known of ${node}: invariant ${invariant} violated: ${message}`)
  for (const { name, from } of index.steps) add('deed', from, name)
  for (const { name, to, end } of [...index.waits, ...index.steps])
    if (end === 'failed' && to !== null) add('bad', to, `failed: ${name}`)
  for (const { t, mark, node } of index.marks)
    if (telling.test(mark)) add('news', t, node === undefined ? mark : `${node}: ${mark}`)
  for (const track of index.components.values())
    for (const { t, value } of track) {
      const { component, action, reason } = value
      if (deeds.includes(action)) add('deed', t, `${action} ${component}`)
      else if (action === 'exit' && reason !== undefined) add('news', t, `${component} ended: ${reason}`)
    }
  return moments.sort((a, b) => a.t - b.t)
}
