/**
 * How a property test runs: always the same cases by default. `ENGINE_PROPERTY_SEED` and `ENGINE_PROPERTY_RUNS` look
 * further; a failure prints the seed and path to come back to.
 */
export function propertyRuns(): { readonly numRuns: number; readonly seed: number } {
  const { ENGINE_PROPERTY_RUNS: runs = '60', ENGINE_PROPERTY_SEED: seed = '20251120' } = process.env
  return { numRuns: Number(runs), seed: Number(seed) }
}

/** The time limit of a test of that many runs, in milliseconds: a hundred times what a run takes on a quiet machine. */
export function propertyTimeoutMs(): number {
  return 5_000 + propertyRuns().numRuns * 3_000
}
