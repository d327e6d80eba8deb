import type { ClRole } from '../world/role.ts'

/** Something that a client is known to do otherwise than the scenarios ask. */
export interface Deviation {
  /** What it does, in one sentence. */
  readonly what: string
  /** Where that is recorded: an issue, or the measurements of `real-clients.md`. */
  readonly link: string
  /** In which role it shows. Absent: in every one. */
  readonly roles?: readonly ClRole[]
  /** Names of the scenarios that fail because of it; a `*` at the end stands for any rest. May be empty: a fact to know. */
  readonly scenarios: readonly string[]
  /** Names of the invariants that it breaks: that is recorded, and fails no run. */
  readonly invariants?: readonly string[]
}

/** The invariants that a client is known to break in that role, with the link to where it is recorded. */
export function brokenInvariants(
  deviations: readonly Deviation[],
  role: ClRole,
): ReadonlyMap<string, string> {
  return new Map(
    deviations
      .filter(({ roles }) => roles === undefined || roles.includes(role))
      .flatMap(({ invariants = [], link }) => invariants.map((name) => [name, link] as const)),
  )
}

/** True when this deviation makes that scenario fail. */
export function concerns(deviation: Deviation, scenario: string, role: ClRole): boolean {
  if (deviation.roles !== undefined && !deviation.roles.includes(role)) return false
  return deviation.scenarios.some((pattern) =>
    pattern.endsWith('*') ? scenario.startsWith(pattern.slice(0, -1)) : scenario === pattern,
  )
}
