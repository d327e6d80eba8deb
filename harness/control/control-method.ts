import { z } from 'zod'
import type { L1Handle, World } from '../world/world.ts'
import type { InstalledFaults } from './installed-faults.ts'

/** What the methods of a devstack act on. */
export interface ControlContext {
  readonly world: World
  readonly faults: InstalledFaults
  /** Aborts when the devstack ends, or the client that asked has gone. */
  readonly signal: AbortSignal
}

/** What methods about faults need: a gateway that runs alone has no more. */
export interface FaultControl {
  readonly world: Pick<World, 'points'>
  readonly faults: InstalledFaults
}

/** What methods about L1 need: an L1 that runs alone has no more. */
export interface L1Control {
  readonly world: { readonly l1: Pick<L1Handle, 'controller'> }
}

/** One thing that can be asked of a devstack, or of a part of one. */
export interface ControlMethod<Context = ControlContext> {
  /** One sentence, for `control_methods` and the page. */
  readonly description: string
  readonly params: z.ZodObject
  readonly run: (context: Context, params: never) => unknown
}

/** A method with the type of its parameters: one object, which may be left out when none of its fields is required. */
export function controlMethod<const Shape extends z.ZodRawShape, Result, Context = ControlContext>(
  description: string,
  shape: Shape,
  run: (context: Context, params: z.output<z.ZodObject<Shape, z.core.$strict>>) => Result,
) {
  return { description, params: z.strictObject(shape), run }
}
