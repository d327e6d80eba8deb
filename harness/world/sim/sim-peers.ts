import { pointFromScalar } from 'tiny-secp256k1'
import { bytesToHex, type Hex } from 'viem'
import { peerIdOfPublicKey } from '../../../node/adapters/libp2p/peer-names.ts'
import { LruMap } from '../../el/execution/lru-map.ts'
import type { ElHandle } from '../world.ts'

/** Both engines are told of each other, as far as they run. One of them is enough: the other may be paused. */
export async function connectPair(els: ReadonlyMap<string, ElHandle>, a: string, b: string): Promise<void> {
  const tell = async (name: string, peer: string) => {
    const engine = els.get(name)
    if (engine?.lifecycle.running === true) await engine.rpc.request('admin_addPeer', [`lockstep://${peer}`])
  }
  await Promise.any([tell(a, b), tell(b, a)])
}

/** Of a node that listens there. */
export const addressOf = (peerId: string, port: number) => `/ip4/127.0.0.1/tcp/${port}/p2p/${peerId}`

/** A few worlds' worth: runs from one seed have the same keys. */
const idsMax = 200
const ids = new LruMap<Hex, string>(idsMax)

/**
 * The id of whoever holds a key, found once in this process. As the adapter of libp2p has it, but with the point by
 * libsecp256k1: on `BigInt`s three of them take a tenth of a short run.
 */
export function peerIdOf(privateKey: Uint8Array): string {
  const key = bytesToHex(privateKey)
  const id = ids.get(key) ?? findPeerId(privateKey)
  ids.set(key, id)
  return id
}

function findPeerId(privateKey: Uint8Array): string {
  const point = pointFromScalar(privateKey, true)
  if (point === null) throw new Error('expected the private key of a point on the curve, found none')
  return peerIdOfPublicKey(point)
}
