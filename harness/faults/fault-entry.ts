import { z } from 'zod'
import { firstProblem } from '../first-problem.ts'
import { createFault } from './create-fault.ts'
import type { Fault, FaultEffects } from './fault.ts'
import { FaultError } from './fault-error.ts'

/** One fault of the vocabulary: how it is written, what it does, and how it is made of its parameters. */
export interface FaultEntry<Parameters = never> {
  readonly fault: string
  /** As a scenario writes it. */
  readonly signature: string
  readonly says: string
  /** @throws FaultError when the parameters are not what the fault takes. */
  make(parameters: Parameters): Fault
  /** The same from a JSON form. Null for a fault that has none. */
  readonly fromJson: ((parameters: unknown) => Fault) | null
}

export interface FaultDefinition<Schema extends z.ZodType> {
  readonly fault: string
  readonly signature: string
  readonly says: string
  readonly parameters: Schema
  /** For people, between the brackets of the name. */
  readonly shown: (parameters: z.output<Schema>) => string
  readonly effects: (parameters: z.output<Schema>) => FaultEffects
}

export function defineFault<Schema extends z.ZodType<object>>(
  definition: FaultDefinition<Schema>,
): FaultEntry<z.input<Schema>> {
  const { fault, signature, says } = definition
  const make = (given: unknown): Fault => {
    const parsed = definition.parameters.safeParse(given)
    if (!parsed.success)
      throw new FaultError(
        `${fault}: expected ${signature}: ${firstProblem(parsed.error)}, found ${JSON.stringify(given)}`,
      )
    return createFault({
      fault,
      parameters: parsed.data as Readonly<Record<string, unknown>>,
      shown: definition.shown(parsed.data),
      effects: definition.effects(parsed.data),
    })
  }
  return { fault, signature, says, make, fromJson: make }
}

/** A fault without parameters. */
export function defineSimple(
  fault: string,
  says: string,
  effects: FaultEffects,
): FaultEntry<Record<string, never>> {
  return defineFault({
    ...{ fault, says },
    signature: `${fault}()`,
    parameters: z.strictObject({}),
    shown: () => '',
    effects: () => effects,
  })
}

/** Milliseconds up to a day. */
export const msSchema = z.number().nonnegative().max(86_400_000)
export const blockCountSchema = z.int().nonnegative().max(1_000_000)
