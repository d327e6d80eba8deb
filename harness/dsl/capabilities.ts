import type { ClCapability, ClHandle, ElHandle } from '../world/world.ts'

/** Capabilities by node. */
export type Needs<Cl extends string> = { readonly [name in Cl]?: readonly ClCapability[] }

/** What can be done to a component. */
export type ComponentAction = ElHandle['lifecycle']['can'] extends ReadonlySet<infer Action> ? Action : never

/** A client cannot do what the scenario needs: the scenario is skipped, with this as the reason. */
export class MissingCapability extends Error {
  override readonly name = 'MissingCapability'

  constructor(component: string, kind: string, what: string) {
    super(`${component} is ${kind}, which cannot do this: ${what}`)
  }
}

/** @throws MissingCapability when the node's client lacks one of them. */
export function need({ name, spec, capabilities }: ClHandle, wanted: readonly ClCapability[]): void {
  const missing = wanted.filter((capability) => !capabilities.has(capability))
  if (missing.length > 0) throw new MissingCapability(name, spec.kind, missing.join(', '))
}

/** @throws MissingCapability when the component cannot be treated so. */
export function needAction({ name, spec, lifecycle }: ClHandle | ElHandle, action: ComponentAction): void {
  if (!lifecycle.can.has(action))
    throw new MissingCapability(name, `${spec.kind} (${lifecycle.driver})`, action)
}
