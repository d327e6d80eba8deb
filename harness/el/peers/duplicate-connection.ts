import type { Hex } from 'viem'
import type { Peer } from './peer-network.ts'

/**
 * Which of two connections with the same peer stays; true for the newer one. When both sides dial at once, both keep
 * the connection that the one with the lower id dialled, so that they do not end each other's. Of two connections in
 * the same direction the older stays.
 */
export function replacesConnection(
  ownId: Hex,
  next: Pick<Peer, 'id' | 'direction'>,
  old: Pick<Peer, 'direction'>,
): boolean {
  if (next.direction === old.direction) return false
  return next.direction === (ownId < next.id ? 'outbound' : 'inbound')
}
