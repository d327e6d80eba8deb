import type { Incident } from '../incident.ts'

/** Something that speaks for a class (weight above 0) or against it (below). */
export interface Evidence {
  readonly weight: number
  readonly text: string
  /** When it began, where it has a time: the earliest one for the class is its first event. */
  readonly t?: number
  readonly node?: string
}

/** A class of incidents, and how it is told from the others. */
export interface ClassRule {
  readonly name: string
  /** One sentence. */
  readonly title: string
  /** Where to look next. */
  readonly next: string
  /** Classes whose signs follow from this one: they are no second thing beside it. */
  readonly leadsTo?: readonly string[]
  /** A healthy network goes through it: it is named beside an answer, and alone when nothing else was seen. */
  readonly isNormal?: true
  /** What is said of it then. */
  readonly alone?: { readonly title: string; readonly next: string }
  judge(incident: Incident): readonly Evidence[]
}
