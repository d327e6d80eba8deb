import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'

/**
 * For how long after a fault somebody is still slow, in milliseconds: who was told that it asks too often asks less than it
 * needs, and a little more with every answer.
 */
export function slowedMs({ action, fault }: Extract<WorldEvent, { kind: 'fault' }>): number {
  return action === 'hit' && fault.startsWith('status(429)') ? 20_000 : 0
}

/** Where a fault stood that excuses a node: what it did, or could not do, may last for a while after the fault. */
export interface Doubts {
  add(event: WorldEvent): void
  /**
   * Until when there was a fault on the node, as Unix time in milliseconds: 0 for never, infinite while there is.
   * Without a node: on anybody.
   */
  untilMs(node?: string): number
}

/** Faults on somebody's L1: "canonical on own L1" is then not what L1 is. */
export const createL1Doubts = (): Doubts =>
  createDoubts((point) => (point.endsWith('→l1') ? consumerOf(point) : null))

/** Faults on a node itself, on its engine, and on the link between: it cannot move its heads then. */
export function createEngineDoubts(
  cls: ReadonlyMap<string, { readonly spec: { readonly el: string } }>,
): Doubts {
  const nodes = new Map(
    [...cls].flatMap(([name, { spec }]) => [[name, name] as const, [spec.el, name] as const]),
  )
  return createDoubts((point) =>
    point.endsWith('(engine)') ? consumerOf(point) : (nodes.get(point) ?? null),
  )
}

/** @param nodeOf the node that a fault at a point concerns; null for none. */
function createDoubts(nodeOf: (point: string) => string | null): Doubts {
  const standing = new Map<number, string>()
  const ended = new Map<string, number>()
  return {
    add(event) {
      if (event.kind !== 'fault') return
      const node = nodeOf(event.point)
      if (node === null) return
      if (event.action === 'install') return void standing.set(event.id, node)
      if (event.action === 'remove') standing.delete(event.id)
      const untilMs = event.action === 'remove' ? event.t : event.t + slowedMs(event)
      ended.set(node, Math.max(untilMs, ended.get(node) ?? 0))
    },
    untilMs(node) {
      const isOurs = (name: string) => node === undefined || name === node
      if ([...standing.values()].some(isOurs)) return Number.POSITIVE_INFINITY
      return Math.max(0, ...[...ended].flatMap(([name, t]) => (isOurs(name) ? [t] : [])))
    },
  }
}

/** An engine that answers null has not the block, as far as anybody can tell: also not the one that it calls safe. */
export const deniesBlocks = ({ point, fault }: Extract<WorldEvent, { kind: 'fault' }>): boolean =>
  point.endsWith('(engine)') && /^nullResult\b/.test(fault)
