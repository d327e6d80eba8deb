import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'

/** The id of whoever holds the key: 32 bytes, secp256k1. */
export function peerIdOfKey(privateKey: Uint8Array): string {
  return peerIdFromPrivateKey(privateKeyFromRaw(privateKey)).toString()
}

/** The peer id at the end of a multiaddr; null without one. @throws Error when it is no multiaddr */
export function peerOfAddress(address: string): string | null {
  const part = multiaddr(address)
    .getComponents()
    .findLast(({ name }) => name === 'p2p')
  return part?.value ?? null
}

/** A peer id in its one spelling; null for anything else. */
export function parsePeerId(text: string): string | null {
  try {
    return peerIdFromString(text).toString()
  } catch {
    return null
  }
}

/** The compressed secp256k1 key in a peer id; null for ids of other kinds, which hold no such key. */
export function publicKeyOfPeer(peerId: string): Uint8Array | null {
  const peer = peerIdFromString(peerId)
  return peer.type === 'secp256k1' ? peer.publicKey.raw : null
}
