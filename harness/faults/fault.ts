import type { Condition, Window } from './conditions.ts'
import type { HostileEffect, L1Effect, NodeEffect, PeerEffect, RequestEffect } from './effects.ts'

/**
 * What kind of thing a fault can stand on:
 * `request` an HTTP connection between a consumer and a provider · `l1` what one consumer sees of L1 · `gossip` the
 * connection of two consensus nodes · `el-peers` that of two engines · `node` a component itself · `hostile` a peer that
 * gossips what it should not.
 */
export type Carrier = 'request' | 'l1' | 'gossip' | 'el-peers' | 'node' | 'hostile'

/** A fault as JSON: enough to make it again (`faultFromJson`), to name it in a report, and to shrink it. */
export interface FaultJson {
  readonly fault: string
  /** Present when it does not always strike. */
  readonly when?: readonly Condition[]
  readonly [parameter: string]: unknown
}

/** A JSON-RPC method, all methods with a beginning (`engine_*`), or the path of a REST call with everything below it. */
export type CallName = `${string}_${string}` | `/${string}`

/** What a fault does, on each kind of carrier that it can stand on. */
export interface FaultEffects {
  readonly request?: RequestEffect
  readonly l1?: L1Effect
  /** On the connections of two peers, be they nodes or engines. */
  readonly peers?: PeerEffect
  readonly node?: NodeEffect
  readonly hostile?: HostileEffect
}

/** A fault is a value. What it does is known by its carrier alone; the same value works live and simulated. */
export interface Fault {
  /** With its parameters, for people: `slow(1200 ms) to optimism_syncStatus`. */
  readonly name: string
  readonly carriers: readonly Carrier[]
  readonly json: FaultJson
  readonly effects: FaultEffects
  readonly conditions: readonly Condition[]

  /** Only these calls, also inside a batch. Without it: all that the fault is about. */
  to(...calls: readonly CallName[]): Fault
  /** Only what comes from these consumers, or peers. */
  from(...consumers: readonly string[]): Fault
  /** Not the first `count` times. */
  after(count: number): Fault
  /** It strikes that often, and never again. */
  times(count: number): Fault
  /** Every `count`th time only: the second, the fourth, … with 2. */
  every(count: number): Fault
  /** With that probability, from 0 to 1; the draws come from the world's randomness. */
  withProbability(probability: number): Fault
  /** Only within a time, counted from when it was installed. */
  during(window: Window): Fault
}
