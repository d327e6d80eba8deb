import { bytesToHex, type Hex } from 'viem'
import { peerIdOfKey } from '../../../node/adapters/libp2p/peer-names.ts'
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

/** The ids of keys, each found once: it takes a point on a curve. */
export function peerIdsOf(): (privateKey: Uint8Array) => string {
  const known = new Map<Hex, string>()
  return (privateKey) => {
    const key = bytesToHex(privateKey)
    const id = known.get(key) ?? peerIdOfKey(privateKey)
    known.set(key, id)
    return id
  }
}
