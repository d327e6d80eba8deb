import { createRandomStreams } from '../world/random-streams.ts'
import { createDraw } from './draw.ts'
import { incidentNames } from './incidents.ts'
import { withMutation } from './lineage.ts'

/** Part `index` of `count` of a campaign, counted from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/**
 * So many runs of a campaign begin with a known incident: what has gone wrong once comes together seldom in a world that is
 * drawn, and close to it more goes wrong.
 */
const incidentShare = 0.25

/** The seeds of a campaign by their numbers, where nothing is known of other runs. */
export interface Roots {
  /** The first numbers of all are the known incidents as they are: what went wrong once must not go wrong again. Null for others. */
  incidentAt(number: number): string | null
  /** That, or a world that is drawn, or a known incident changed. */
  rootOf(number: number): string
}

export function createRoots(incidents: readonly string[] = incidentNames()): Roots {
  const incidentAt = (number: number) => incidents[number - 1] ?? null
  return {
    incidentAt,
    rootOf(number) {
      const known = incidentAt(number)
      if (known !== null) return known
      const draw = createDraw(createRandomStreams(`campaign ${number}`)('root'))
      const incident = draw.chance(incidentShare) ? incidentFor(number, incidents) : null
      return incident === null ? String(number) : withMutation(incident, number)
    },
  }
}

/**
 * The one that draws highest for this number (rendezvous hashing): one incident more takes its own share of the numbers, and
 * leaves all others what they were.
 */
function incidentFor(number: number, incidents: readonly string[]): string | null {
  let highest: { readonly name: string; readonly drawn: number } | null = null
  for (const name of incidents) {
    const drawn = createDraw(createRandomStreams(`campaign ${number}`)(`incident ${name}`)).unit()
    if (highest === null || drawn > highest.drawn) highest = { name, drawn }
  }
  return highest?.name ?? null
}

/** Gives the seeds of a shard: of `first`, `first + 1`, … it takes every `count`th. Null when they are used up. */
export function createSeeds(first: number, seeds: number, { index, count }: Shard): () => string | null {
  const { rootOf } = createRoots()
  let at = index - 1
  return () => {
    if (at >= seeds) return null
    const number = first + at
    at += count
    return rootOf(number)
  }
}
