import type { Head } from './head.ts'

/** Something that follow mode forbids, or that a healthy network does not show, from the outside. */
export interface Finding {
  /** The invariant of `harness/invariants`, or the name of a rule of progress. */
  readonly rule: string
  readonly node: string
  /** When it began; Unix time in milliseconds. */
  readonly t: number
  /** When it ended; null while it lasts. */
  readonly until: number | null
  readonly what: string
}

/** A head, short enough for a sentence. */
export const show = ({ number, hash }: Head) => `${number}:${hash.slice(0, 10)}…`
