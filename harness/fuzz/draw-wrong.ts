import { type ForkName, forkNames } from '../../node/config/forks.ts'
import type { Case } from '../cases/case.ts'
import { type InboxWrong, inboxWrongs } from '../cases/inbox-wrongs.ts'
import type { Draw } from './draw.ts'

type Forks = Pick<Case['parameters'], 'fork' | 'crossesKarst'>

/** What only some chains can have a wrong of, in a minute; the others any chain can. */
const wrongsOfForks = {
  activation: ({ crossesKarst }) => crossesKarst !== undefined,
  // Fjord made a constant of it: half an hour.
  drift: (forks) => isBefore('fjord', forks),
  compression: (forks) => isBefore('fjord', forks),
  format: (forks) => isBefore('delta', forks),
  order: (forks) => !isBefore('holocene', forks),
} as const satisfies Partial<Record<InboxWrong, (forks: Forks) => boolean>>

/** Whether a chain is older than that fork. */
export const isBefore = (fork: ForkName, { fork: newest }: Forks) =>
  newest !== undefined && forkNames.indexOf(newest) < forkNames.indexOf(fork)

/** Of what any chain can have, and as often of what this one can and others cannot. */
export function someWrong(draw: Draw, forks: Forks): InboxWrong {
  const isOfForks = (wrong: InboxWrong): wrong is keyof typeof wrongsOfForks => wrong in wrongsOfForks
  const [first, ...others] = inboxWrongs.filter((wrong) => !isOfForks(wrong))
  const own = inboxWrongs.filter((wrong) => isOfForks(wrong) && wrongsOfForks[wrong](forks))
  const kinds = draw.chance(0.5) && own.length > 0 ? own : [first!, ...others]
  return draw.pick(kinds as [InboxWrong, ...InboxWrong[]])
}
