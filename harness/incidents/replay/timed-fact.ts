import type { Fact } from '../../events/event.ts'

/** A fact and when it was; Unix time in milliseconds. */
export interface TimedFact {
  readonly t: number
  readonly fact: Fact
}
