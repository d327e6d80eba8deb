import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'

/** The id of whoever holds the key: 32 bytes, secp256k1. */
export function peerIdOfKey(privateKey: Uint8Array): string {
  return peerIdFromPrivateKey(privateKeyFromRaw(privateKey)).toString()
}

/** The id of whoever holds the key of this one: a compressed point, 33 bytes, secp256k1. @throws Error when it is no point. */
export function peerIdOfPublicKey(compressed: Uint8Array): string {
  return peerIdFromPublicKey(publicKeyFromRaw(compressed)).toString()
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
