/** What was found, by name: counts, milliseconds, mebibytes. */
export type Measured = Readonly<Record<string, number>>

/** Something that a stranger can do, as a program that measures what it does to its victim. */
export interface Attack {
  readonly name: string
  /** What must hold: each is measured, and not above this. */
  readonly bound: Measured
  /** Starts a victim of its own, attacks it and ends it. @throws when the attack itself could not be made. */
  run(signal: AbortSignal): Promise<Measured>
}

/**
 * What holds for every victim: it lives, no turn of its event loop takes longer (in processor time of its main thread),
 * it grows by no more (resident, at its peak), and it comes to the head of one that was never attacked.
 */
export const commonBound = { crashes: 0, stallMs: 100, growthMiB: 256, wrongHeads: 0 } as const

/** The bounds that do not hold, each as a sentence. */
export function exceeded({ bound }: Pick<Attack, 'bound'>, measured: Measured): string[] {
  return Object.entries(bound).flatMap(([name, max]) => {
    const found = measured[name]
    if (found === undefined) return [`${name}: expected at most ${max}, it was not measured`]
    return found > max ? [`${name}: expected at most ${max}, found ${found}`] : []
  })
}
