import type { WatchedNode, WatchedWorld } from '../../invariants/monitor.ts'
import type { System } from './system.ts'

/** What the invariants see of a system. */
export function watchedWorld(system: System): WatchedWorld {
  const { parameters, events, failed, fail, rollup } = system
  const cls = new Map(
    [...system.cls].map(([name, { spec, status, process, el }]): [string, WatchedNode] => [
      name,
      { name, spec, status, lifecycle: process, el: { lifecycle: el.process } },
    ]),
  )
  return { parameters, events, failed, fail, rollup, l1: { view: system.l1View }, cls }
}
