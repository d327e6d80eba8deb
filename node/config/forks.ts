/** OP Stack forks in activation order. Source: specs/protocol/*, one folder per fork. */
export const forkNames = [
  'regolith',
  'canyon',
  'delta',
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
  'karst',
] as const

export type ForkName = (typeof forkNames)[number]

/** Activation time of each fork in seconds; absent means never. A chain's `bedrock` is always active. */
export type ForkSchedule = { readonly [name in ForkName]?: bigint }

/** True when the fork's rules hold for an L2 block (or, where the spec says so, an L1 block) with this timestamp. */
export function isForkActive(schedule: ForkSchedule, fork: ForkName, timestamp: bigint): boolean {
  const time = schedule[fork]
  return time !== undefined && timestamp >= time
}

/**
 * True for the first L2 block under the fork's rules: active at `timestamp`, not active one block before.
 * A fork active at genesis has no such block.
 */
export function isForkActivationBlock(
  schedule: ForkSchedule,
  fork: ForkName,
  timestamp: bigint,
  blockTime: bigint,
): boolean {
  return (
    isForkActive(schedule, fork, timestamp) &&
    timestamp >= blockTime &&
    !isForkActive(schedule, fork, timestamp - blockTime)
  )
}

/** The newest fork that is active at that time; `bedrock` when none is. */
export function latestFork(schedule: ForkSchedule, timestamp: bigint): ForkName | 'bedrock' {
  for (const name of forkNames.toReversed()) if (isForkActive(schedule, name, timestamp)) return name
  return 'bedrock'
}

/** Every fork up to and including `last` active from `time` on. */
export function forksActiveFrom(last: ForkName, time = 0n): ForkSchedule {
  const names = forkNames.slice(0, forkNames.indexOf(last) + 1)
  return Object.fromEntries(names.map((name) => [name, time])) as ForkSchedule
}
