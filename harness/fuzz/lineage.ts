/**
 * A seed says all that a run follows from: `17` is drawn, `17~40` is that run changed by 40, `17~40~63` that one by 63. So
 * what a guided campaign finds is replayed by its seed alone.
 */
export function lineageOf(seed: string): readonly string[] {
  return seed.split('~')
}

export function withMutation(seed: string, number: number): string {
  return `${seed}~${number}`
}

/** The seed that this one changes; null for one that is drawn. */
export function parentOf(seed: string): string | null {
  const at = seed.lastIndexOf('~')
  return at < 0 ? null : seed.slice(0, at)
}
