import type { HeadLevel } from '../../events/event.ts'

/** How a head is called where there is room for one letter. */
export const letters: Readonly<Record<HeadLevel, string>> = {
  unsafe: 'U',
  localSafe: 'L',
  crossSafe: 'X',
  finalized: 'F',
  currentL1: 'L1',
  headL1: 'H1',
}
