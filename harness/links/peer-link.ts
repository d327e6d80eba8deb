import type { FaultPoint } from '../faults/fault-point.ts'
import type { FaultContext } from '../faults/fault-stand.ts'
import { type ListenAt, onLoopback } from './listen-at.ts'
import { createPeerPoint, type PeerPointOptions } from './peer-point.ts'
import { startTcpLink, type TcpLink } from './tcp-link.ts'

/** The connection of two peers, whoever dials: both are given the other's address through the harness. */
export interface PeerLink {
  readonly point: FaultPoint
  /** The port of the harness at which that peer reaches the other one; there is one for each direction. */
  portFrom(peer: string): number
  /** That one of them listens at another port from now on. */
  retarget(peer: string, port: number): void
  close(): Promise<void>
}

export interface PeerLinkOptions extends FaultContext {
  readonly carrier: PeerPointOptions['carrier']
  /** Their names and the ports at which they listen; null for one that is only ever dialling. */
  readonly peers: readonly [PeerEnd, PeerEnd]
}

export interface PeerEnd {
  readonly name: string
  readonly port: number | null
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** Where the other one dials to reach it. Default: a free port of 127.0.0.1. */
  readonly at?: ListenAt
}

/** Starts the links between two peers; faults of both stand on one point, `a↔b`. */
export async function startPeerLink(options: PeerLinkOptions): Promise<PeerLink> {
  const { clock, events } = options
  const [a, b] = options.peers
  const links = new Map<string, TcpLink>()
  const stand = createPeerPoint({
    ...options,
    peers: [a.name, b.name],
    cut(fault) {
      for (const link of links.values()) link.cut(fault)
    },
  })
  const start = async (from: PeerEnd, to: PeerEnd) => {
    if (to.port === null) return
    const link = await startTcpLink({
      ...{ from: from.name, to: to.name, stand, clock },
      target: { host: hostOf(to), port: to.port },
      at: to.at ?? onLoopback,
    })
    links.set(from.name, link)
    record(from, to, to.port)
  }
  const record = (from: PeerEnd, to: PeerEnd, port: number) =>
    events.record({
      kind: 'link',
      link: `${from.name}↔${to.name}`,
      url: `tcp://${(to.at ?? onLoopback).host}:${links.get(from.name)?.port}`,
      target: `tcp://${hostOf(to)}:${port}`,
    })
  const close = async () => void (await Promise.all([...links.values()].map((link) => link.close())))
  try {
    await Promise.all([start(a, b), start(b, a)])
  } catch (error) {
    await close()
    throw error
  }
  return {
    point: stand,
    portFrom(peer) {
      const link = links.get(peer)
      if (link === undefined) throw new Error(`${stand.name} has no link from ${peer}`)
      return link.port
    },
    retarget(peer, port) {
      const [from, to] = peer === a.name ? [b, a] : [a, b]
      links.get(from.name)?.retarget(port)
      record(from, to, port)
    },
    close,
  }
}

const hostOf = ({ host = '127.0.0.1' }: PeerEnd) => host
