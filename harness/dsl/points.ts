import type { Fault } from '../faults/fault.ts'
import type { FaultPoint, InstalledFault } from '../faults/fault-point.ts'
import { actionsFor } from '../faults/node-point.ts'
import { type ComponentAction, needAction } from './capabilities.ts'
import type { Run } from './run.ts'

/** Who may be at the other end of a consensus node's connection. */
type Provider<Cl extends string, El extends string> = Cl | El | 'l1' | 'beacon'

/**
 * The fault points that a topology may have: components, and connections between two of them. `*` stands for all that
 * fit, `gossip` and `el-peers` for all connections of their kind; `hostile` is the hostile peer of a topology that has one.
 */
export type PointName<Cl extends string, El extends string> =
  | Cl
  | El
  | `${Cl | 'batcher' | '*'}→${Provider<Cl, El> | '*'}`
  | `${Cl | '*'}→${El}(engine)`
  | `${Cl | '*'}↔${Cl | '*'}`
  | `${El | '*'}↔${El | '*'}`
  | 'gossip'
  | 'el-peers'
  | 'hostile'
  | `hostile↔${Cl | '*'}`

/** A place for faults. */
export interface ScenarioPoint extends FaultPoint {
  /**
   * Puts a fault there, until it is removed or the scenario ends. A scenario in which it never hit is inconclusive, unless
   * the fault is optional.
   */
  install(fault: Fault, options?: { readonly optional?: boolean }): Promise<ScenarioFault>
}

/** A fault that stands. */
export interface ScenarioFault extends InstalledFault {
  /** Waits until it has hit that often in all. Default: once. */
  hit(times?: number): Promise<void>
}

/** What only some clients or drivers can: with the others, the scenario is skipped. */
const optionalActions: readonly ComponentAction[] = ['relocate', 'skewClock']

function mustBeAble({ world }: Run, name: string, { effects }: Fault): void {
  const component = world.cls.get(name) ?? world.els.get(name)
  if (component === undefined || effects.node === undefined) return
  for (const action of actionsFor(effects.node))
    if (optionalActions.includes(action)) needAction(component, action)
}

/** How many L2 blocks' time the traffic that a fault waits for may be away, for the limits. */
const someBlocks = 10n

/** Why a fault hits no more; null while it may. */
function neverMore(fault: Fault, times: number, isRemoved: boolean): string | null {
  if (isRemoved) return 'it was removed'
  const most = Math.min(...fault.conditions.map((one) => ('times' in one ? one.times : Infinity)))
  return most < times ? `it strikes ${most} ${most === 1 ? 'time' : 'times'} at most` : null
}

export function createPoint(run: Run, name: string): ScenarioPoint {
  const point = run.world.points.get(name)
  return {
    name,
    carriers: point.carriers,
    get faults() {
      return point.faults
    },
    async install(fault, { optional = false } = {}) {
      mustBeAble(run, name, fault)
      const installed = await point.install(fault)
      let isRemoved = false
      const remove = () => {
        isRemoved = true
        return installed.remove()
      }
      if (!optional) run.evidence.mustHit(installed)
      return {
        fault,
        point: name,
        get hits() {
          return installed.hits
        },
        get shadowed() {
          return installed.shadowed
        },
        onHit: (listener) => installed.onHit(listener),
        remove,
        [Symbol.asyncDispose]: remove,
        hit: (times = 1) =>
          run.wait({
            what: `${name}: ${fault.name} hits`,
            expected: `${times} ${times === 1 ? 'hit' : 'hits'} of ${fault.name}`,
            limits: run.limits('localSafe', someBlocks),
            streams: [{ subscribe: (listener) => installed.onHit(listener) }],
            look() {
              if (installed.hits >= times) return { done: true, value: undefined }
              const found = `${installed.hits} hits, ${installed.shadowed} of a newer fault`
              const never = neverMore(fault, times, isRemoved)
              return { done: false, found, ...(never === null ? {} : { never: `${found}; ${never}` }) }
            },
          }),
      }
    },
  }
}
