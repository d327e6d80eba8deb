/**
 * What can go wrong, as values: `lockstep/faults`.
 * @module
 */

export type { CallName, Carrier, Fault, FaultJson } from './faults/fault.ts'
export { faultFromJson, faults } from './faults/vocabulary.ts'
