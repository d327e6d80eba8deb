import type { Clock } from '../../node/ports/clock.ts'
import type { Random } from '../../node/ports/random.ts'
import type { EventStream } from '../events/stream.ts'
import { createMatcher, type Matcher, type Occurrence } from './conditions.ts'
import type { FaultMemory } from './effects.ts'
import type { Carrier, Fault } from './fault.ts'
import { FaultError } from './fault-error.ts'
import type { FaultPoint, InstalledFault } from './fault-point.ts'

/** What all fault points of a world share. */
export interface FaultContext {
  readonly clock: Clock
  readonly events: EventStream
  /** Randomness of that name. */
  readonly random: (stream: string) => Random
  /** Numbers the faults of a run, from 1. */
  readonly nextId: () => number
}

/** A fault that stands, for whoever carries it. */
export interface StandingFault extends InstalledFault {
  readonly memory: FaultMemory
  /** From 0 to 1, of its own stream. */
  random(): number
  /** It may strike no more, though it was decided that it would: others came before. */
  readonly spent: boolean
  /** It did something. */
  strike(): void
}

/** The faults of one point, and which of them decides. */
export interface FaultStand extends FaultPoint {
  readonly faults: readonly StandingFault[]
  /**
   * The newest fault that applies to the occurrence, among those that `concerns` finds to be about it. Older ones that
   * would have applied are counted as shadowed. The carrier calls `strike` when it has done what the fault says.
   */
  decide(occurrence: Occurrence, concerns: (fault: Fault) => boolean): StandingFault | null
}

export interface FaultStandOptions extends FaultContext {
  readonly point: string
  readonly carriers: readonly Carrier[]
  /** Conditions that mean nothing here, and why. */
  readonly refuses?: (fault: Fault) => string | null
  /** Called when a fault stands, before `install` resolves. */
  readonly onInstall?: (fault: StandingFault) => void | Promise<void>
  readonly onRemove?: (fault: StandingFault) => void | Promise<void>
}

const faultsMax = 16

export function createFaultStand(options: FaultStandOptions): FaultStand {
  const { point, carriers, clock, events } = options
  const faults: (StandingFault & { readonly matcher: Matcher; shadow(): void })[] = []

  function check(fault: Fault): void {
    if (!fault.carriers.some((carrier) => carriers.includes(carrier)))
      throw new FaultError(
        `${point} cannot carry ${fault.name}, which is for ${fault.carriers.join(', ')}; it carries faults for ${carriers.join(', ')}`,
      )
    const why = options.refuses?.(fault) ?? null
    if (why !== null) throw new FaultError(`${point} cannot carry ${fault.name}: ${why}`)
    if (faults.length >= faultsMax)
      throw new FaultError(`${point} has ${faultsMax} faults already; remove some first`)
  }

  function stand(fault: Fault): StandingFault & { readonly matcher: Matcher; shadow(): void } {
    const id = options.nextId()
    const listeners = new Set<() => void>()
    const endings = new Set<() => void>()
    const bytes = options.random(`fault ${id}`)
    const random = () => unit(bytes)
    let [hits, shadowed] = [0, 0]
    const fact = { kind: 'fault', id, point, fault: fault.name } as const
    const remove = async () => {
      const index = faults.indexOf(standing)
      if (index < 0) return
      faults.splice(index, 1)
      events.record({ ...fact, action: 'remove', hits })
      for (const end of endings) end()
      await options.onRemove?.(standing)
    }
    const standing = {
      fault,
      point,
      memory: new Map(),
      random,
      matcher: createMatcher(fault.conditions, { installedMs: clock.nowMs(), random }),
      get hits() {
        return hits
      },
      get shadowed() {
        return shadowed
      },
      get spent() {
        return standing.matcher.spent
      },
      strike() {
        hits++
        standing.matcher.struck()
        events.record({ ...fact, action: 'hit', hits })
        for (const listener of [...listeners]) listener()
      },
      shadow: () => void shadowed++,
      onHit(listener: () => void) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      hit(count = 1, signal?: AbortSignal) {
        return new Promise<void>((resolve, reject) => {
          const settle = (how: () => void) => {
            listeners.delete(look)
            endings.delete(look)
            signal?.removeEventListener('abort', look)
            how()
          }
          const look = () => {
            if (hits >= count) settle(resolve)
            else if (signal?.aborted === true) settle(() => reject(signal.reason))
            else if (!faults.includes(standing))
              settle(() =>
                reject(
                  new FaultError(
                    `${fault.name} on ${point} was removed after ${hits} hits, before it had ${count}`,
                  ),
                ),
              )
          }
          listeners.add(look)
          endings.add(look)
          signal?.addEventListener('abort', look)
          look()
        })
      },
      remove,
      [Symbol.asyncDispose]: remove,
    }
    events.record({ ...fact, action: 'install', json: { ...fault.json } })
    return standing
  }

  return {
    name: point,
    carriers,
    faults,
    async install(fault) {
      check(fault)
      const standing = stand(fault)
      faults.push(standing)
      try {
        await options.onInstall?.(standing)
      } catch (error) {
        await standing.remove()
        throw error
      }
      return standing
    },
    decide(occurrence, concerns) {
      let decided: StandingFault | null = null
      for (const standing of faults.toReversed()) {
        if (!concerns(standing.fault) || !standing.matcher.applies(occurrence)) continue
        if (decided === null) decided = standing
        else standing.shadow()
      }
      return decided
    },
  }
}

/** From 0 to 1, 1 excluded. */
export function unit(random: Random): number {
  const bytes = random.bytes(4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
}
