import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Hex, hexToBytes } from 'viem'

/** The multiaddr under which a node with this secp256k1 identity is reached on 127.0.0.1. */
export function localMultiaddr(identityKey: Hex, port: number): string {
  const peerId = peerIdFromPrivateKey(privateKeyFromRaw(hexToBytes(identityKey)))
  return `/ip4/127.0.0.1/tcp/${port}/p2p/${peerId.toString()}`
}
