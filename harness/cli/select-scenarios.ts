import { didYouMean } from '../../node/config/flags-nearest.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import { UsageError } from './usage-error.ts'

/** A part of a suite, for one of several machines. */
export interface Shard {
  /** From 1 to `of`. */
  readonly index: number
  readonly of: number
}

export interface ScenarioFilter {
  /** Parts of names or paths; one that is the whole name of a scenario selects that alone. Letter case does not matter. */
  readonly filters: readonly string[]
  readonly tags: readonly string[]
  /** What a name must match; null: anything. */
  readonly grep?: RegExp | null
  /** Only these names; null: any. */
  readonly names?: readonly string[] | null
  /** Taken of what all else selects; null: the whole of it. */
  readonly shard?: Shard | null
}

/**
 * The scenarios that one of the filters names, that have one of the tags, and so on; without filters, or without tags, all.
 * @throws UsageError for what selects nothing, with the nearest name of one that does.
 */
export function selectScenarios(
  catalogue: readonly CatalogueEntry[],
  { filters, tags, grep = null, names = null, shard = null }: ScenarioFilter,
): readonly CatalogueEntry[] {
  const known = [...new Set(catalogue.flatMap((entry) => entry.tags))].sort()
  for (const tag of tags)
    if (!known.includes(tag))
      throw new UsageError(`--tag: no scenario has the tag ${tag}; there are ${known.join(', ')}`)
  const named = new Set(filters.flatMap((filter) => matching(catalogue, filter)))
  const selected = catalogue.filter(
    (entry) =>
      (filters.length === 0 || named.has(entry)) &&
      (tags.length === 0 || tags.some((tag) => entry.tags.includes(tag))) &&
      (grep === null || grep.test(entry.name)) &&
      (names === null || names.includes(entry.name)),
  )
  if (selected.length === 0)
    throw new UsageError(
      `no scenario is all of that: ${[...filters, ...tags, ...(grep === null ? [] : [String(grep)]), ...(names ?? [])].join(', ')}`,
    )
  if (shard === null) return selected
  // Neighbours are of one kind and take as long: they go to different machines.
  const part = selected.filter((_, index) => index % shard.of === shard.index - 1)
  if (part.length === 0)
    throw new UsageError(
      `--shard: expected at most ${selected.length} parts of ${selected.length} scenarios, found ${shard.of}`,
    )
  return part
}

function matching(catalogue: readonly CatalogueEntry[], filter: string): readonly CatalogueEntry[] {
  const wanted = filter.toLowerCase()
  const exact = catalogue.filter(({ name }) => name.toLowerCase() === wanted)
  if (exact.length > 0) return exact
  const found = catalogue.filter(
    ({ name, file }) => name.toLowerCase().includes(wanted) || file.toLowerCase().includes(wanted),
  )
  if (found.length > 0) return found
  const names = catalogue.map(({ name }) => name)
  throw new UsageError(
    `no scenario matches ${JSON.stringify(filter)}${didYouMean(filter, names) || '.'} See lockstep accept --list`,
  )
}
