import type { Hash } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import {
  type BlockHeader,
  decodeHeader,
  hashHeader,
  payloadFromHeader,
  transactionsRootOf,
} from '../chain/header.ts'
import { type Peer, PeerError } from '../peers/peer-network.ts'

/** A header with the hash that was asked for. */
export interface NamedHeader {
  readonly hash: Hash
  readonly header: BlockHeader
}

/**
 * Asks a peer for `from` and its ancestors and checks that each is the parent of the one before. `null` when the peer
 * does not have the block. A peer whose answer is wrong is dropped.
 * @throws PeerError when the peer is gone, silent or was dropped.
 */
export async function downloadHeaders(
  peer: Peer,
  from: Hash,
  count: number,
  signal: AbortSignal,
): Promise<readonly NamedHeader[] | null> {
  const answer = await peer.headers(from, count, signal)
  if (answer.length === 0) return null
  const headers: NamedHeader[] = []
  let expected = from
  let number: bigint | undefined
  for (const raw of answer) {
    const header = refuseWrong(peer, () => {
      const decoded = decodeHeader(raw)
      const found = hashHeader(decoded)
      if (found !== expected) throw new PeerError(`expected header ${expected}, found ${found}`)
      if (number !== undefined && decoded.number !== number)
        throw new PeerError(`header ${expected}: expected number ${number}, found ${decoded.number}`)
      return decoded
    })
    headers.push({ hash: expected, header })
    expected = header.parentHash
    number = header.number - 1n
  }
  return headers
}

/**
 * Asks a peer for the bodies of these headers and checks each against its header. Gives payloads for the first part of
 * the headers, as far as the peer answered; `null` when it has none of them. A peer whose answer is wrong is dropped.
 * @throws PeerError as above.
 */
export async function downloadBodies(
  peer: Peer,
  headers: readonly NamedHeader[],
  signal: AbortSignal,
): Promise<readonly PayloadEnvelope[] | null> {
  const bodies = await peer.bodies(
    headers.map(({ hash }) => hash),
    signal,
  )
  if (bodies.length === 0) return null
  return bodies.map(({ transactions }, index) => {
    const { hash, header } = headers[index] as NamedHeader
    return refuseWrong(peer, () => {
      const root = transactionsRootOf(transactions)
      if (root !== header.transactionsRoot)
        throw new PeerError(`body of ${hash}: expected root ${header.transactionsRoot}, found ${root}`)
      return payloadFromHeader(header, hash, transactions)
    })
  })
}

function refuseWrong<T>(peer: Peer, check: () => T): T {
  try {
    return check()
  } catch (error) {
    peer.drop(errorText(error))
    throw new PeerError(`peer ${peer.url} sent wrong data: ${errorText(error)}`)
  }
}
