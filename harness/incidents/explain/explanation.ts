import type { Evidence } from './classes/class-rule.ts'
import type { Finding } from './findings.ts'

/** A class with what speaks for it and against it. */
export interface JudgedClass {
  readonly name: string
  readonly title: string
  readonly next: string
  readonly score: number
  readonly for: readonly Evidence[]
  readonly against: readonly Evidence[]
}

export interface Explanation {
  readonly run: string
  readonly from: number
  readonly to: number
  /** The likely class; null when none fits, or nothing was seen to be wrong. */
  readonly class: JudgedClass | null
  /** The earliest event that speaks for the class. */
  readonly first: { readonly t: number; readonly node: string; readonly what: string } | null
  /** What was violated, the first first. */
  readonly findings: readonly Finding[]
  /** Every class that something speaks for, the likeliest first. */
  readonly classes: readonly JudgedClass[]
  readonly story: readonly string[]
  readonly unknown: readonly string[]
}
