/** What is looked at of a connection when there is no room for another. */
export interface Place {
  readonly direction: 'inbound' | 'outbound'
  /** Where it comes from. */
  readonly host: string
  readonly openedAtMs: number
  /** It gave blocks that were asked for. */
  readonly isUseful: boolean
}

/** So long a peer may stay without having given anything. */
export const unprovenMs = 10_000

/**
 * Who gives way to a newcomer when every place is taken: of the address that has most of the places, the oldest connection
 * that came by itself, had its time and never gave anything. To come first and say nothing costs an attacker nothing.
 * @param places the oldest first.
 * @returns undefined when everybody may stay, and the newcomer has to try again.
 */
export function whoGivesWay<T extends Place>(places: Iterable<T>, nowMs: number): T | undefined {
  const all = [...places]
  const counts = new Map<string, number>()
  for (const { host } of all) counts.set(host, (counts.get(host) ?? 0) + 1)
  let chosen: T | undefined
  for (const place of all) {
    const mayStay = place.direction === 'outbound' || place.isUseful || nowMs - place.openedAtMs < unprovenMs
    if (mayStay || (counts.get(place.host) ?? 0) <= (counts.get(chosen?.host ?? '') ?? 0)) continue
    chosen = place
  }
  return chosen
}
