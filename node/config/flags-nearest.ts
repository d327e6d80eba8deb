/** The candidate with the fewest single-character edits to `word`; the first of equals. */
export function nearest(
  word: string,
  candidates: readonly [string, ...string[]] | readonly string[],
): string {
  let best = candidates[0] ?? ''
  let distanceMin = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate)
    if (distance < distanceMin) {
      best = candidate
      distanceMin = distance
    }
  }
  return best
}

/**
 * `; did you mean …?` for a word that may be a slip of the pen for a candidate: at most a third of it is other. Else empty:
 * a far guess misleads.
 */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const guess = nearest(word, candidates)
  const distanceMax = Math.max(1, Math.floor(word.length / 3))
  return editDistance(word.toLowerCase(), guess.toLowerCase()) <= distanceMax
    ? `; did you mean ${prefix}${guess}?`
    : ''
}

/** Levenshtein distance, one row at a time. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
