/**
 * What always holds on a node that follows, as rules over what was observed: `lockstep/invariants`.
 * @module
 */

export { finalizedFinal } from './invariants/finalized-final.ts'
export { headsOrdered } from './invariants/heads-ordered.ts'
export {
  type Evidence,
  type Finding,
  type Invariant,
  type InvariantContext,
  InvariantViolation,
} from './invariants/invariant.ts'
export { noDerivedAttributes } from './invariants/no-derived-attributes.ts'
export { originGrace, originsCanonical } from './invariants/origins-canonical.ts'
export { safeFromSource } from './invariants/safe-from-source.ts'
export { currentL1FromSource, withinSource } from './invariants/within-source.ts'
