import type { ClClient, PollPeriods } from './client.ts'

/** The slowest of each period: what a wait that watches several nodes must allow for. */
export function slowestPolls(clients: readonly Pick<ClClient, 'polls'>[]): PollPeriods {
  const slowest = (period: keyof PollPeriods): PollPeriods => {
    const periods = clients.flatMap(({ polls }) => polls[period] ?? [])
    return periods.length === 0 ? {} : { [period]: Math.max(...periods) }
  }
  return { ...slowest('l1HeadMs'), ...slowest('l1FinalizedMs'), ...slowest('followSourceMs') }
}
