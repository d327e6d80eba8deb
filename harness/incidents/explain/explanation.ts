import type { Evidence } from './classes/class-rule.ts'
import type { Failure } from './failure.ts'
import type { Finding } from './finding.ts'

/** A class with what speaks for it and against it. */
export interface JudgedClass {
  readonly name: string
  readonly title: string
  readonly next: string
  readonly score: number
  readonly for: readonly Evidence[]
  readonly against: readonly Evidence[]
  /** The earliest event that speaks for it. */
  readonly first: FirstEvent | null
  /** The named class whose consequence it is; null for one of its own. */
  readonly followsFrom: string | null
}

export interface FirstEvent {
  /** Unix time in milliseconds. */
  readonly t: number
  readonly node: string
  readonly what: string
}

export interface Explanation {
  readonly run: string
  readonly from: number
  readonly to: number
  /** What a run that failed says itself; null for a recording, and for a run that did not. */
  readonly failure: Failure | null
  /** The likely class; null when none fits, or nothing was seen to be wrong. */
  readonly class: JudgedClass | null
  /** What happened at the same time and does not follow from the class, the likeliest first. */
  readonly also: readonly JudgedClass[]
  /** The first event of the class. */
  readonly first: FirstEvent | null
  /** What was violated, the first first. */
  readonly findings: readonly Finding[]
  /** Every class that something speaks for, the likeliest first. */
  readonly classes: readonly JudgedClass[]
  readonly story: readonly string[]
  readonly unknown: readonly string[]
}
