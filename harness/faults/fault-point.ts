import type { Carrier, Fault } from './fault.ts'

/** A place where faults can be: `follower→reference`, `follower→l1`, `follower↔sequencer`, `follower`. */
export interface FaultPoint {
  readonly name: string
  readonly carrier: Carrier
  /** What stands there, the newest last. The newest one that applies to a message decides about it. */
  readonly faults: readonly InstalledFault[]
  /**
   * Puts a fault there, until it is removed or the scenario ends.
   * @throws FaultError when this point cannot carry it, naming what it can.
   */
  install(fault: Fault): Promise<InstalledFault>
}

/** A fault that stands on a point. */
export interface InstalledFault extends AsyncDisposable {
  readonly fault: Fault
  readonly point: string
  /** How often it did something: messages changed, connections cut. */
  readonly hits: number
  /** How often it would have, but a newer fault decided. */
  readonly shadowed: number
  /** Calls back after each hit; returns what ends it. */
  onHit(listener: () => void): () => void
  remove(): Promise<void>
}

/** Every fault point of a world, by name. */
export interface FaultPoints {
  readonly names: readonly string[]
  /** @throws FaultError naming the nearest point when there is none of that name. */
  get(name: string): FaultPoint
}
