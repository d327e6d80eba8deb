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
 * `; did you mean …?` for a word that may be a slip of the pen for a candidate: at most a third of it is other; or for a
 * part of one, of which at most a quarter is, and nothing of a short one. Letter case does not matter. Else empty: a far guess misleads.
 */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const guess = near(word, candidates)
  return guess === null ? '' : `; did you mean ${prefix}${guess}?`
}

/** What `didYouMean` guesses; null when nothing is near. Whoever has a prefix or an ending in common with all takes it off first. */
export function near(word: string, candidates: readonly string[]): string | null {
  return nearWhole(word, candidates) ?? nearPart(word, candidates)
}

function nearWhole(word: string, candidates: readonly string[]): string | null {
  const distanceMax = Math.max(1, Math.floor(word.length / 3))
  return closest(candidates, distanceMax, (candidate) => slipDistance(word.toLowerCase(), candidate))
}

/** Two letters in the wrong order are one slip, not two edits. */
function slipDistance(a: string, b: string): number {
  const at = [...a].findIndex((letter, index) => letter !== b[index])
  const swapped = a.slice(0, at) + (a[at + 1] ?? '') + (a[at] ?? '') + a.slice(at + 2)
  return at >= 0 && swapped === b ? 1 : editDistance(a, b)
}

function nearPart(word: string, candidates: readonly string[]): string | null {
  if (word.length < 3) return null
  // One letter of four is a part of too many words.
  const distanceMax = word.length < 6 ? 0 : Math.floor(word.length / 4)
  return closest(candidates, distanceMax, (candidate) => partDistance(word.toLowerCase(), candidate))
}

/** The first of those with the smallest distance, if that is not above the maximum. */
function closest(
  candidates: readonly string[],
  distanceMax: number,
  distanceTo: (candidate: string) => number,
): string | null {
  const distances = candidates.map((candidate) => distanceTo(candidate.toLowerCase()))
  const least = Math.min(...distances)
  return least <= distanceMax ? (candidates[distances.indexOf(least)] ?? null) : null
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  return lastRow(
    a,
    Array.from({ length: b.length + 1 }, (_, index) => index),
    b,
  ).at(-1) as number
}

/** Levenshtein distance of `a` from the part of `b` that is nearest to it (Sellers): what stands before and after is free. */
function partDistance(a: string, b: string): number {
  return Math.min(...lastRow(a, new Array<number>(b.length + 1).fill(0), b))
}

/** One row at a time: how far the whole of `a` is from what of `b` ends at each place. */
function lastRow(a: string, first: readonly number[], b: string): readonly number[] {
  let row = first
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row
}
