import { type Condition, conditionSchema, describeConditions } from './conditions.ts'
import type { Carrier, Fault, FaultEffects } from './fault.ts'
import { FaultError } from './fault-error.ts'

const carriersOf = {
  request: ['request'],
  l1: ['l1'],
  peers: ['gossip', 'el-peers'],
  node: ['node'],
  hostile: ['hostile'],
} as const satisfies Record<keyof FaultEffects, readonly Carrier[]>

export interface CreateFaultOptions {
  /** In the vocabulary. */
  readonly fault: string
  /** For people, in brackets after the name. */
  readonly shown: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly effects: FaultEffects
  readonly conditions?: readonly Condition[]
}

/** A value of the vocabulary with its combinators; each gives a new value. */
export function createFault(options: CreateFaultOptions): Fault {
  const { fault, shown, parameters, effects, conditions = [] } = options
  const also = (condition: Condition): Fault => {
    const checked = conditionSchema.safeParse(condition)
    if (!checked.success)
      throw new FaultError(
        `${fault}: ${checked.error.issues[0]?.message ?? 'wrong'}, found ${JSON.stringify(condition)}`,
      )
    return createFault({ ...options, conditions: [...conditions, condition] })
  }
  return {
    name: `${fault}${shown === '' ? '' : `(${shown})`}${describeConditions(conditions)}`,
    carriers: (Object.keys(effects) as (keyof FaultEffects)[]).flatMap((key) => [...carriersOf[key]]),
    json: { fault, ...parameters, ...(conditions.length === 0 ? {} : { when: conditions }) },
    effects,
    conditions,
    to: (...to) => also({ to }),
    from: (...from) => also({ from }),
    after: (after) => also({ after }),
    times: (times) => also({ times }),
    every: (every) => also({ every }),
    withProbability: (probability) => also({ probability }),
    during: (during) => also({ during }),
  }
}
