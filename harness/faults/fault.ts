/**
 * What kind of thing a fault can stand on:
 * `request` an HTTP connection between a consumer and a provider · `l1` what one consumer sees of L1 · `gossip` the
 * connection of two consensus nodes · `el-peers` that of two engines · `node` a component itself.
 */
export type Carrier = 'request' | 'l1' | 'gossip' | 'el-peers' | 'node'

/** A fault as JSON: enough to make it again (`faultFromJson`), to name it in a report, and to shrink it. */
export interface FaultJson {
  readonly fault: string
  readonly [parameter: string]: unknown
}

/** A fault is a value. What it does is known by its carrier alone; the same value works live and simulated. */
export interface Fault {
  /** With its parameters, for people: `slow(1200 ms) to optimism_syncStatus`. */
  readonly name: string
  readonly carriers: readonly Carrier[]
  readonly json: FaultJson
}
