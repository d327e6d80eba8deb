import type { Hash, Hex } from 'viem'
import { createListeners } from '../../../node/concurrency/listeners.ts'
import { createWakeup, type Wakeup } from '../../../node/concurrency/wakeup.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { elClientVersion } from '../../el/el-core.ts'
import { type Peer, type PeerChain, PeerError, type PeerNetwork } from '../../el/peers/peer-network.ts'

/** How a message gets from one engine to another: milliseconds under way, or null when it never arrives. */
export type EnginePath = (from: string, to: string) => number | null

/** The networks of all engines of a world, without sockets. An engine is reached at `lockstep://<name>`. */
export interface MemoryPeers {
  /** The network of an engine that starts. */
  join(name: string, chain: PeerChain): PeerNetwork
  /**
   * Ends the connection of two engines that cannot reach each other any more; they connect again when they can. Returns
   * whether there was one.
   */
  sever(a: string, b: string): boolean
}

interface Member {
  readonly name: string
  readonly chain: PeerChain
  readonly wanted: Set<string>
  readonly peers: Map<string, Peer>
  /** Rung when it wants another peer, or has lost one. */
  readonly wakeup: Wakeup
  meet(peer: Peer): void
}

const redialMs = 250
const hostOf = (url: string) => /^lockstep:\/\/([\w-]+)/.exec(url)?.[1]

export function createMemoryPeers(options: {
  readonly clock: Clock
  readonly path: EnginePath
}): MemoryPeers {
  const { clock, path } = options
  const members = new Map<string, Member>()

  function part(member: Member, name: string): void {
    const other = members.get(name)
    member.peers.delete(name)
    other?.peers.delete(member.name)
    member.wakeup.ring()
    other?.wakeup.ring()
  }

  /** What `other` gives to `member`. */
  function peerOf(member: Member, other: Member, direction: Peer['direction']): Peer {
    const ask = async <T>(answer: (chain: PeerChain) => T, signal?: AbortSignal): Promise<T> => {
      const there = path(member.name, other.name)
      const back = path(other.name, member.name)
      const isGone = () => members.get(other.name) !== other || member.peers.get(other.name) !== peer
      if (there === null || back === null || isGone()) throw new PeerError(`${other.name} is gone`)
      await clock.sleep(there, signal)
      if (isGone()) throw new PeerError(`${other.name} is gone`)
      const given = answer(other.chain)
      await clock.sleep(back, signal)
      return given
    }
    const peer: Peer = {
      ...{ id: idOf(other.name), url: urlOf(other.name), direction, clientName: elClientVersion },
      headers: (from: Hash, count, signal) => ask((chain) => chain.headers(from, count), signal),
      bodies: (hashes, signal) => ask((chain) => chain.bodies(hashes), signal),
      receipts: (hashes, signal) => ask((chain) => chain.receipts(hashes), signal),
      drop: () => part(member, other.name),
    }
    return peer
  }

  function connect(member: Member, name: string): void {
    const other = members.get(name)
    if (other === undefined || member.peers.has(name)) return
    if (path(member.name, name) === null || path(name, member.name) === null) return
    member.meet(peerOf(member, other, 'outbound'))
    other.meet(peerOf(other, member, 'inbound'))
  }

  async function keepConnected(member: Member, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      for (const name of member.wanted) connect(member, name)
      const isComplete = [...member.wanted].every((name) => member.peers.has(name))
      await (isComplete ? member.wakeup.wait(stop) : clock.sleep(redialMs, stop)).catch(() => {})
    }
  }

  return {
    join(name, chain) {
      const listeners = createListeners<Peer>()
      const member: Member = {
        ...{ name, chain, wanted: new Set(), peers: new Map(), wakeup: createWakeup() },
        meet(peer) {
          member.peers.set(hostOf(peer.url) ?? '', peer)
          listeners.emit(peer)
        },
      }
      members.set(name, member)
      const stop = new AbortController()
      const keeping = keepConnected(member, stop.signal)
      return {
        self: selfOf(name),
        peers: () => [...member.peers.values()],
        add(url) {
          const other = hostOf(url)
          if (other === undefined) throw new Error(`expected lockstep://<name>, found ${url}`)
          member.wanted.add(other)
          connect(member, other)
          member.wakeup.ring()
        },
        remove(url) {
          const other = hostOf(url)
          if (other === undefined || !member.wanted.delete(other)) return
          part(member, other)
        },
        onPeer: (listener) => listeners.add(listener),
        async close() {
          stop.abort()
          await keeping
          for (const other of [...member.peers.keys()]) part(member, other)
          if (members.get(name) === member) members.delete(name)
        },
      }
    },
    sever(a, b) {
      const member = members.get(a)
      if (member === undefined || !member.peers.has(b)) return false
      part(member, b)
      return true
    },
  }
}

const urlOf = (name: string) => `lockstep://${name}`
const idOf = (name: string): Hex => `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`
const selfOf = (name: string) => ({ id: idOf(name), url: urlOf(name), host: name, port: 0 })

/** A network with nobody in it. */
export function noPeers(name: string): PeerNetwork {
  return {
    self: selfOf(name),
    peers: () => [],
    add() {},
    remove() {},
    onPeer: () => () => {},
    close: async () => {},
  }
}
