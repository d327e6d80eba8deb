import { z } from 'zod'
import { near } from '../../node/config/flags-nearest.ts'
import { firstProblem } from '../first-problem.ts'
import { type Condition, conditionSchema } from './conditions.ts'
import { engineEntries, engineFaults } from './engine-faults.ts'
import type { CallName, Fault } from './fault.ts'
import type { FaultEntry } from './fault-entry.ts'
import { FaultError } from './fault-error.ts'
import { hostileEntries, hostileFaults } from './hostile-faults.ts'
import { l1Entries, l1Faults } from './l1-faults.ts'
import { nodeEntries, nodeFaults } from './node-faults.ts'
import { peerEntries, peerFaults } from './peer-faults.ts'
import { requestEntries, requestFaults } from './request-faults.ts'
import { defineFlaps, sourceEntries, sourceFaults } from './source-faults.ts'

const { entry: flapsEntry, flaps } = defineFlaps(faultFromJson)

/** Every fault there is, by where it stands. */
export const vocabulary: Readonly<Record<string, readonly FaultEntry[]>> = {
  'any request link': requestEntries,
  'L1, per consumer': l1Entries,
  'follow source': [...sourceEntries, flapsEntry],
  engine: engineEntries,
  'gossip and engine peers': peerEntries,
  'hostile gossiper': hostileEntries,
  node: nodeEntries,
}

/**
 * Makes the faults of the vocabulary. Each takes what it does, and by methods to which calls, how often and when.
 *
 * @example
 * ```ts
 * import { faults, scenario } from 'lockstep'
 * import { twoVerifiersFollowing } from 'lockstep/topologies'
 *
 * const slowSource = faults.slow(1_200).to('optimism_syncStatus').every(2)
 *
 * scenario(
 *   'Source_SlowForAWhile',
 *   { claim: 'A slow source delays.', tags: ['source'], topology: twoVerifiersFollowing },
 *   async ({ follower, point }) => {
 *     const fault = await point('follower→reference').install(slowSource)
 *     await fault.hit(3)
 *     await fault.remove()
 *     await follower.advanced('localSafe', 3)
 *   },
 * )
 * ```
 */
export const faults = {
  ...requestFaults,
  ...l1Faults,
  ...sourceFaults,
  flaps,
  ...engineFaults,
  ...peerFaults,
  ...hostileFaults,
  ...nodeFaults,
}

const jsonSchema = z.looseObject({
  fault: z.string(),
  when: z.array(conditionSchema).max(64).optional(),
})

/**
 * Makes a fault again from its JSON form.
 * @throws FaultError for a name that is not in the vocabulary (with the nearest one), for parameters that the fault does
 * not take, and for `replaceResult`, whose function no JSON can hold.
 */
export function faultFromJson(json: unknown): Fault {
  const read = jsonSchema.safeParse(json)
  if (!read.success)
    throw new FaultError(`expected a fault as JSON: ${firstProblem(read.error)}, found ${show(json)}`)
  const { fault, when = [], ...parameters } = read.data
  const entries = Object.values(vocabulary).flat()
  const entry = entries.find((one) => one.fault === fault)
  if (entry === undefined) {
    const names = entries.map((one) => one.fault)
    const guess = near(fault, names)
    throw new FaultError(
      `there is no fault ${JSON.stringify(fault)}; ${guess === null ? `there are ${names.join(', ')}` : `the nearest one is ${guess}`}`,
    )
  }
  if (entry.fromJson === null)
    throw new FaultError(`${fault} holds a function, which JSON does not: write it in the scenario again`)
  return withConditions(entry.fromJson(parameters), when)
}

function withConditions(fault: Fault, conditions: readonly Condition[]): Fault {
  return conditions.reduce<Fault>((whole, one) => {
    if ('to' in one) return whole.to(...(one.to as readonly CallName[]))
    if ('from' in one) return whole.from(...one.from)
    if ('after' in one) return whole.after(one.after)
    if ('times' in one) return whole.times(one.times)
    if ('every' in one) return whole.every(one.every)
    if ('probability' in one) return whole.withProbability(one.probability)
    return whole.during(one.during)
  }, fault)
}

const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 200) ?? String(value)
