import { z } from 'zod'
import type { World } from '../world/world.ts'
import type { InstalledFaults } from './installed-faults.ts'

/** What the methods act on. */
export interface ControlContext {
  readonly world: World
  readonly faults: InstalledFaults
  /** Aborts when the devstack ends. */
  readonly signal: AbortSignal
}

/** One thing that can be asked of a devstack. */
export interface ControlMethod {
  /** One sentence, for `control_methods` and the page. */
  readonly description: string
  readonly params: z.ZodObject
  readonly run: (context: ControlContext, params: never) => unknown
}

/** A method with the type of its parameters: one object, which may be left out when none of its fields is required. */
export function controlMethod<const Shape extends z.ZodRawShape, Result>(
  description: string,
  shape: Shape,
  run: (context: ControlContext, params: z.output<z.ZodObject<Shape, z.core.$strict>>) => Result,
) {
  return { description, params: z.strictObject(shape), run }
}
