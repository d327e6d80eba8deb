import { nearest } from '../../node/config/flags-nearest.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import { UsageError } from './usage-error.ts'

export interface ScenarioFilter {
  /** Parts of names or paths; one that is the whole name of a scenario selects that alone. Letter case does not matter. */
  readonly filters: readonly string[]
  readonly tags: readonly string[]
}

/**
 * The scenarios that one of the filters names and that have one of the tags; without filters, or without tags, all.
 * @throws UsageError for a filter or a tag that selects nothing, with the nearest one.
 */
export function selectScenarios(
  catalogue: readonly CatalogueEntry[],
  { filters, tags }: ScenarioFilter,
): readonly CatalogueEntry[] {
  const known = [...new Set(catalogue.flatMap((entry) => entry.tags))].sort()
  for (const tag of tags)
    if (!known.includes(tag))
      throw new UsageError(`--tag: no scenario has the tag ${tag}; there are ${known.join(', ')}`)
  const named = new Set(filters.flatMap((filter) => matching(catalogue, filter)))
  const selected = catalogue.filter(
    (entry) =>
      (filters.length === 0 || named.has(entry)) &&
      (tags.length === 0 || tags.some((tag) => entry.tags.includes(tag))),
  )
  if (selected.length === 0)
    throw new UsageError(`no scenario has both the name and the tag: ${[...filters, ...tags].join(', ')}`)
  return selected
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
    `no scenario matches ${JSON.stringify(filter)}; did you mean ${nearest(filter, names)}? See lockstep accept --list`,
  )
}
