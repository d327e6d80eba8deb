import { multiaddrFromSocketAddress } from '@chainsafe/discv5/util'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { secp256k1 } from '@noble/curves/secp256k1'
import { canonicalIp, ipBytes } from '../../network/ip-range.ts'

/** Who and where a node is, unsigned. */
export interface Enode {
  readonly peerId: string
  readonly ip: string
  readonly udpPort: number
}

/** `enode://<uncompressed key without its first byte>@<ip>:<tcp port>[?discport=<udp port>]`; null for anything else. */
export function parseEnode(text: string): Enode | null {
  const match =
    /^enode:\/\/([0-9a-fA-F]{128})@(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})(?:\?discport=(\d{1,5}))?$/.exec(text)
  if (match === null) return null
  const ip = canonicalIp(match[2] ?? match[3] ?? '')
  const udpPort = Number(match[5] ?? match[4])
  if (ip === null || udpPort < 1 || udpPort > 65_535) return null
  try {
    const key = secp256k1.Point.fromHex(`04${match[1]}`).toBytes(true)
    return { peerId: peerIdFromPublicKey(publicKeyFromRaw(key)).toString(), ip, udpPort }
  } catch {
    return null
  }
}

/**
 * As discv5 takes it: an address that knows its peer id. The library compares the sender of an answer with the whole
 * address, so the id must not be a part of it.
 */
export function enodeContact({ peerId, ip, udpPort }: Enode) {
  const octets = ipBytes(ip)
  const address = multiaddrFromSocketAddress({
    ip: { type: octets.length === 4 ? 4 : 6, octets },
    port: udpPort,
  })
  return Object.assign(address, { getPeerId: () => peerId })
}
