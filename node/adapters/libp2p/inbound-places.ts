/** A connection that the library makes: what is needed of it here. */
export interface PlacedConnection {
  /** `open` until it closes or begins to. */
  readonly status: string
  abort(error: Error): void
  addEventListener(name: 'close', listener: () => void, options: { readonly once: true }): void
}

/** Who may begin a handshake, and who may stay after it. */
export interface InboundPlaces {
  /** Somebody has connected. With too many handshakes under way, the one that began first has had the most time: it ends. */
  begin(connection: PlacedConnection): void
  /** The peer is known, at either end's wish. @returns whether it has a place */
  enter(connection: PlacedConnection, direction: 'inbound' | 'outbound'): boolean
}

/**
 * Counts connections from the moment at which their peers are known until they close. The library looks at its maximum
 * when a handshake begins and counts a connection when it has ended: whoever begins many at once would get beyond it.
 */
export function createInboundPlaces(max: {
  readonly connections: number
  readonly pending: number
}): InboundPlaces {
  /** The one that began first first. */
  const pending = new Set<PlacedConnection>()
  const inside = new Set<PlacedConnection>()
  const onceClosed = (connection: PlacedConnection, end: () => void) =>
    connection.addEventListener('close', end, { once: true })
  return {
    begin(connection) {
      pending.add(connection)
      onceClosed(connection, () => pending.delete(connection))
      const [first] = pending
      if (pending.size <= max.pending || first === undefined) return
      pending.delete(first)
      first.abort(new Error('others wait for a handshake'))
    },
    enter(connection, direction) {
      pending.delete(connection)
      // Of one that has closed already nothing more would be heard.
      if (connection.status !== 'open') return false
      if (direction === 'inbound' && inside.size >= max.connections) return false
      inside.add(connection)
      onceClosed(connection, () => inside.delete(connection))
      return true
    },
  }
}
