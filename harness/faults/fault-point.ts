import type { Carrier, Fault } from './fault.ts'

/** A place where faults can be: `follower→reference`, `follower→l1`, `follower↔sequencer`, `follower`. */
export interface FaultPoint {
  readonly name: string
  /** What it can carry: `follower→l1` carries faults of requests, and of what the follower sees of L1. */
  readonly carriers: readonly Carrier[]
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
  /**
   * Resolves when it has hit that often since it was installed; at once when it has.
   * @throws FaultError when it is removed before, or the signal's reason.
   */
  hit(count?: number, signal?: AbortSignal): Promise<void>
  remove(): Promise<void>
}

/** Every fault point of a world, by name. */
export interface FaultPoints {
  readonly names: readonly string[]
  /**
   * A point, or with `*` in the name all that it fits as one: `*→l1`, `follower↔*`.
   * @throws FaultError naming the nearest point when there is none of that name.
   */
  get(name: string): FaultPoint
}
