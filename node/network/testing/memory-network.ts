import { parsePeerId, peerIdOfKey, peerOfAddress, publicKeyOfPeer } from '../../adapters/libp2p/peer-names.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  GossipTransport,
  GossipTransportSettings,
  MessageVerdict,
  OpenGossipTransport,
  PeerConnection,
  TransportEvent,
} from '../../ports/gossip-transport.ts'
import { bytesToHex } from '../../protocol/bytes.ts'
import { runSteps } from '../../protocol/steps.ts'

/**
 * A network without sockets: every transport that it opens reaches the others. What travels takes no time but the
 * clock's where there is latency, and arrives in the order in which it was sent unless `path` says otherwise. It floods messages over the subscribed
 * peers where gossipsub keeps a mesh, and scores by what the application says alone; gates, limits, identities, verdicts
 * and thresholds are those of the port.
 */
export interface MemoryNetwork {
  readonly open: OpenGossipTransport
  /** Ends the connections of two peers, as if what is between them had. Returns whether there was one. */
  sever(a: string, b: string): boolean
}

const firstFreePort = 40_000
/** A burst is not cut short by what its first messages cost: messages are dropped by a score that old, as in gossipsub. */
const scoreAgeMsMax = 500
/** What hosts say that they can do: as much as the live ones, so that answers have the same shape. */
const protocols = ['/floodsub/1.0.0', '/ipfs/id/1.0.0', '/ipfs/ping/1.0.0', '/meshsub/1.1.0']

interface Host {
  readonly peerId: string
  readonly address: string
  readonly settings: GossipTransportSettings
  readonly topics: ReadonlySet<string>
  readonly ends: readonly End[]
  add(end: End): void
  remove(end: End): void
  tell(event: TransportEvent): void
  receive(topic: string, data: Uint8Array, from: string): void
}

/** One side of a connection. */
interface End extends PeerConnection {
  readonly to: Host
}

export function createMemoryNetwork(options: {
  readonly clock: Clock
  readonly latencyMs?: number
  /** How long a message of one peer to another is under way, asked for each; null when it is lost. Default: `latencyMs`. */
  readonly path?: (from: string, to: string) => number | null
  /** Whether a peer that dials another one gets a connection. Default: it does. */
  readonly admits?: (from: string, to: string) => boolean
  /** For who knows the ids of its keys. Default: each is found anew. */
  readonly peerIdOf?: (privateKey: Uint8Array) => string
}): MemoryNetwork {
  const { clock, latencyMs = 0, peerIdOf = peerIdOfKey } = options
  const { path = () => latencyMs, admits = () => true } = options
  /** By IP and port. */
  const listening = new Map<string, Host>()
  /** An id never has another key, and to find it takes a point on a curve. */
  const keys = new Map<string, Uint8Array | null>()
  const publicKey = (peerId: string) => {
    const key = keys.get(peerId) ?? publicKeyOfPeer(peerId)
    keys.set(peerId, key)
    return key
  }
  const travel = (ms = latencyMs): Promise<void> => (ms === 0 ? Promise.resolve() : clock.sleep(ms))
  let lastPort = firstFreePort

  /** Closes every connection between two hosts; the other side learns it a way later. */
  function part(host: Host, peerId: string): void {
    for (const end of host.ends.filter((one) => one.peerId === peerId)) {
      host.remove(end)
      const { to } = end
      void travel().then(() => {
        for (const other of to.ends.filter((one) => one.to === host)) to.remove(other)
      })
    }
  }

  /** What both sides of a new connection learn of each other. */
  async function introduce(from: Host, to: Host): Promise<void> {
    await travel()
    if (!to.ends.some((end) => end.to === from)) return
    const { userAgent } = from.settings
    const identity = { userAgent, protocolVersion: 'memory/1', addresses: [from.address], protocols }
    to.tell({ kind: 'identified', peerId: from.peerId, identity })
    if (from.topics.size > 0) to.tell({ kind: 'subscriptions', peerId: from.peerId })
  }

  async function connect(from: Host, address: string, signal: AbortSignal): Promise<string> {
    const peerId = peerOfAddress(address)
    const { ip, port } = endpointOf(address)
    if (peerId !== null && from.ends.some((end) => end.peerId === peerId)) return peerId
    if (peerId !== null && from.settings.gate.refusesPeer(peerId))
      throw new Error(`peer ${peerId} is refused`)
    if (from.settings.gate.refusesIp(ip)) throw new Error(`address ${ip} is refused`)
    await travel()
    signal.throwIfAborted()
    const to = listening.get(`${ip} ${port}`)
    if (to === undefined) throw new Error(`connect ECONNREFUSED ${ip}:${port}`)
    if (!admits(from.peerId, to.peerId)) throw new Error(`connect to ${ip}:${port}: read ECONNRESET`)
    if (peerId !== null && to.peerId !== peerId)
      throw new Error(`expected peer ${peerId} at ${address}, found ${to.peerId}`)
    const fromIp = endpointOf(from.address).ip
    if (to.settings.gate.refusesIp(fromIp) || to.ends.length >= to.settings.connectionsMax)
      throw new Error(`connection to ${address} was closed`)
    const openedAtMs = clock.nowMs()
    const latency = { openedAtMs, latencyMs: 2 * latencyMs }
    from.add({ to, peerId: to.peerId, address: to.address, ip, direction: 'outbound', ...latency })
    if (to.settings.gate.refusesPeer(from.peerId)) {
      // The dialler learns only after the handshake, in which the other side sees who it is.
      void travel().then(() => part(from, to.peerId))
      return to.peerId
    }
    to.add({
      to: from,
      peerId: from.peerId,
      address: from.address,
      ip: fromIp,
      direction: 'inbound',
      ...latency,
    })
    void introduce(from, to)
    void introduce(to, from)
    return to.peerId
  }

  async function open(settings: GossipTransportSettings): Promise<GossipTransport> {
    const peerId = peerIdOf(settings.privateKey)
    const judges = new Map<string, (data: Uint8Array, from: string) => MessageVerdict>()
    const subscribed = new Set<string>()
    const listeners = new Set<(event: TransportEvent) => void>()
    const seen = new Set<string>()
    const ends: End[] = []
    let address = ''

    const tell = (event: TransportEvent) => {
      for (const listener of [...listeners]) listener(event)
    }
    const score = (peer: string) => (peer === peerId ? 0 : settings.scoring.application(peer))
    const remembered = new Map<string, { readonly score: number; readonly atMs: number }>()
    const isGraylisted = (peer: string): boolean => {
      let last = remembered.get(peer)
      if (last === undefined || clock.nowMs() - last.atMs > scoreAgeMsMax) {
        last = { score: score(peer), atMs: clock.nowMs() }
        remembered.set(peer, last)
      }
      return last.score < settings.scoring.thresholds.graylist
    }
    const host: Host = {
      peerId,
      settings,
      topics: subscribed,
      ends,
      get address() {
        return address
      },
      tell,
      add(end) {
        const isFirst = !ends.some((one) => one.peerId === end.peerId)
        ends.push(end)
        tell({ kind: 'opened', peerId: end.peerId, direction: end.direction })
        if (isFirst) tell({ kind: 'connected', peerId: end.peerId })
      },
      remove(end) {
        const index = ends.indexOf(end)
        if (index < 0) return
        ends.splice(index, 1)
        if (!ends.some((one) => one.peerId === end.peerId)) tell({ kind: 'disconnected', peerId: end.peerId })
      },
      receive(topic, data, from) {
        const judge = judges.get(topic)
        if (judge === undefined || data.length > settings.messageLengthMax) return
        if (isGraylisted(from) || settings.admits?.(topic, data, from) === false) return
        if (settings.prepare !== undefined) runSteps(settings.prepare(topic, data))
        if (!isNew(topic, data)) return
        const scoreMin = settings.scoring.thresholds.gossip
        if (judge(data, from) === 'accept') send(topic, data, { except: from, scoreMin })
      },
    }

    /** Whether nobody has sent it and we have not either. */
    function isNew(topic: string, data: Uint8Array): boolean {
      const id = bytesToHex(settings.messageId(topic, data))
      if (seen.has(id)) return false
      seen.add(id)
      return true
    }

    function send(topic: string, data: Uint8Array, to: { except: string | null; scoreMin: number }): void {
      // A message may cut the connection that it is sent on.
      for (const end of [...ends]) {
        if (end.peerId === to.except || !end.to.topics.has(topic) || score(end.peerId) < to.scoreMin) continue
        const ms = path(peerId, end.peerId)
        if (ms === null) continue
        const copy = data.slice()
        void travel(ms).then(() => {
          if (end.to.ends.some((other) => other.to === host)) end.to.receive(topic, copy, peerId)
        })
      }
    }

    return {
      peerId,
      async start() {
        const { listenHost, listenPort } = settings
        const port = listenPort === 0 ? ++lastPort : listenPort
        const key = `${listenHost} ${port}`
        // Who was killed has let go of its port, though what it still does has not ended.
        if (listening.has(key) && listening.get(key)?.peerId !== peerId)
          throw Object.assign(new Error(`listen EADDRINUSE ${listenHost}:${port}`), { code: 'EADDRINUSE' })
        address = `/${listenHost.includes(':') ? 'ip6' : 'ip4'}/${listenHost}/tcp/${port}/p2p/${peerId}`
        listening.set(key, host)
      },
      async stop() {
        for (const [key, one] of listening) if (one === host) listening.delete(key)
        for (const end of [...ends]) part(host, end.peerId)
      },
      addresses: () => (address === '' ? [] : [address]),
      protocols: () => protocols,
      subscribe(topic, judge) {
        if (!settings.topics.includes(topic))
          throw new Error(`expected one of the allowed topics, found ${topic}`)
        judges.set(topic, judge)
        subscribed.add(topic)
        for (const { to } of ends) void travel().then(() => to.tell({ kind: 'subscriptions', peerId }))
      },
      async publish(topic, data) {
        if (isNew(topic, data))
          send(topic, data, { except: null, scoreMin: settings.scoring.thresholds.publish })
      },
      subscribers: (topic) => [
        ...new Set(ends.filter(({ to }) => to.topics.has(topic)).map((one) => one.peerId)),
      ],
      connections: () => [...ends],
      listen(listener) {
        const own = (event: TransportEvent) => listener(event)
        listeners.add(own)
        return () => void listeners.delete(own)
      },
      dial: (to, signal) => connect(host, to, signal),
      async hangUp(peer) {
        part(host, peer)
      },
      protect: async () => {},
      score,
      behaviourPenalty: () => 0,
      peerOf: peerOfAddress,
      parsePeerId,
      publicKey,
    }
  }

  return {
    open,
    sever(a, b) {
      const host = [...listening.values()].find(({ peerId }) => peerId === a)
      if (host?.ends.some((end) => end.peerId === b) !== true) return false
      part(host, b)
      return true
    },
  }
}

/** @throws Error when the address says no IP and TCP port */
function endpointOf(address: string): { readonly ip: string; readonly port: string } {
  const match = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)(\/|$)/.exec(address)
  if (match === null) throw new Error(`expected /ip4/<ip>/tcp/<port>, found ${address}`)
  return { ip: match[1] as string, port: match[2] as string }
}
