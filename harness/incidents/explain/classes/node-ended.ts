import { unwantedExits } from '../unwanted-exits.ts'
import type { ClassRule } from './class-rule.ts'

export const nodeEnded: ClassRule = {
  name: 'node-ended',
  title: 'A component ended by itself.',
  next: 'Its log from its last error backwards.',
  leadsTo: ['source-restarted', 'source-behind', 'batcher-stopped', 'finality-stall', 'follower-left-behind'],
  judge: (incident) =>
    unwantedExits(incident).flatMap(({ t, component, reason, lastError }) => [
      { weight: 6, t, node: component, text: `${component} ended by itself: ${reason}` },
      ...(lastError === null ? [] : [{ weight: 1, text: `the last error of ${component}: ${lastError}` }]),
    ]),
}
