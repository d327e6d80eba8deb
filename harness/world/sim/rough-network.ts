import type { Random } from '../../../node/ports/random.ts'
import { seededRandom } from '../../seeded-random.ts'

/** How messages travel between the components of a simulated world. */
export interface Network {
  /** How long the next message of that connection is under way, in milliseconds. */
  delayMs(connection: string): number
  /** Whether the next gossiped message of that connection is lost. Whoever reads a stream gets everything, if late. */
  loses(connection: string): boolean
}

/** A millisecond between any two, and nothing is lost. */
export const evenNetwork: Network = { delayMs: () => 1, loses: () => false }

/** Shares of messages that a world loses: many lose none. */
const lossRates = [0, 0, 0.005, 0.02, 0.05]
const nearMsMax = 20
const farMsMax = 120
/** A node and its engine are neighbours: no message between them is late or lost. */
const isNeighbours = (connection: string) => connection.endsWith('(engine)')

/** A lost segment is sent again after this time, and after twice of it when that is lost too. Source: RFC 6298, 2 and 5. */
const resentAfterMs = 200
const resendsMax = 4

/**
 * A network whose latencies, jitter and losses are drawn: some connections are near and some far, later messages overtake
 * earlier ones, and what is lost comes later on a stream and never by gossip.
 */
export function drawNetwork(random: (stream: string) => Random): Network {
  const unitOf = (stream: string) => {
    const bytes = random(stream).bytes(4)
    return seededRandom(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
  }
  const world = unitOf('network')
  const lossRate = lossRates[Math.floor(world() * lossRates.length)] ?? 0
  const farShare = world() / 2
  const connections = new Map<
    string,
    { readonly unit: () => number; readonly leastMs: number; readonly jitterMs: number }
  >()

  function drawn(connection: string) {
    const known = connections.get(connection)
    if (known !== undefined) return known
    const unit = unitOf(`network ${connection}`)
    const mostMs = unit() < farShare ? farMsMax : nearMsMax
    const leastMs = Math.round(unit() * mostMs)
    const made = { unit, leastMs, jitterMs: Math.round(unit() * 2 * leastMs) }
    connections.set(connection, made)
    return made
  }

  return {
    delayMs(connection) {
      if (isNeighbours(connection)) return evenNetwork.delayMs(connection)
      const { unit, leastMs, jitterMs } = drawn(connection)
      let ms = leastMs + Math.round(unit() * jitterMs)
      for (let resends = 0; resends < resendsMax && unit() < lossRate; resends++)
        ms += resentAfterMs * 2 ** resends
      return ms
    },
    loses: (connection) => drawn(connection).unit() < lossRate,
  }
}
