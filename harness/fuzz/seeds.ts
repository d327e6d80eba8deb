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

/** Gives each number of a campaign its seed, when nothing is known of other runs yet: a world that is drawn, or an incident changed. */
export function createRoots(): (number: number) => string {
  const incidents = incidentNames()
  return (number) => {
    const draw = createDraw(createRandomStreams(`campaign ${number}`)('root'))
    const [first, ...others] = incidents
    if (first === undefined || !draw.chance(incidentShare)) return String(number)
    return withMutation(draw.pick([first, ...others]), number)
  }
}

/** Gives the seeds of a shard: of `first`, `first + 1`, … it takes every `count`th. Null when they are used up. */
export function createSeeds(first: number, seeds: number, { index, count }: Shard): () => string | null {
  const rootOf = createRoots()
  let at = index - 1
  return () => {
    if (at >= seeds) return null
    const number = first + at
    at += count
    return rootOf(number)
  }
}
