import { findingsOf } from '../findings.ts'
import type { ClassRule } from './class-rule.ts'

export const safeAboveUnsafe: ClassRule = {
  name: 'safe-above-unsafe',
  title: 'A node publishes heads out of order.',
  next: 'It takes labels of blocks that its engine does not have; see the engine’s sync.',
  judge(incident) {
    const found = findingsOf(incident).filter(({ rule }) => rule === 'heads-ordered')
    const [first] = found
    if (first === undefined) return [{ weight: -5, text: 'heads were in order in every status' }]
    const { t, node, what } = first
    return [{ weight: 4, t, node, text: `${node}: ${what}` }]
  },
}
