import type { Fault } from '../faults/fault.ts'
import type { Fault as Rule } from './fault.ts'

/** A fault that is a function of each message. It has no JSON form that could make it again. */
export interface RuleFault extends Fault {
  readonly rule: Rule
}

export function rule(name: string, decide: Rule): RuleFault {
  return { name, carriers: ['request'], json: { fault: 'rule', name }, rule: decide }
}

export function isRuleFault(fault: Fault): fault is RuleFault {
  return 'rule' in fault && typeof fault.rule === 'function'
}
