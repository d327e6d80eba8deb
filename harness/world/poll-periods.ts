/** How often a client looks where it cannot be told to look more often, in milliseconds. */
export interface PollPeriods {
  readonly l1HeadMs?: number
  readonly l1FinalizedMs?: number
  readonly followSourceMs?: number
}

/** The slowest of each period: what a wait that watches several nodes must allow for. */
export function slowestPolls(all: readonly PollPeriods[]): PollPeriods {
  const slowest = (period: keyof PollPeriods): PollPeriods => {
    const periods = all.flatMap((polls) => polls[period] ?? [])
    return periods.length === 0 ? {} : { [period]: Math.max(...periods) }
  }
  return { ...slowest('l1HeadMs'), ...slowest('l1FinalizedMs'), ...slowest('followSourceMs') }
}
