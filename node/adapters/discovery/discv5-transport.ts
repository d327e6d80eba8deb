import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import type { Discv5 } from '@chainsafe/discv5'
import { decodePacket, encodePacket } from '@chainsafe/discv5/packet'
import { getSocketAddressOnENR, multiaddrFromSocketAddress } from '@chainsafe/discv5/util'
import { ipBytes } from '../../network/ip-range.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { createPacketRate } from './packet-rate.ts'

type Transport = Discv5['sessionService']['transport']

/**
 * Opens a UDP socket.
 * @throws the socket's error: the address is in use, or not ours.
 */
export async function bindUdp(host: string, port: number): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject)
      resolve()
    })
  })
  return socket
}

/**
 * discv5 on a socket that is open. Other than the library's transport it says when a port is taken, survives packets
 * that cannot be sent and handlers that throw, and bounds how much it reads.
 */
export function createDiscv5Transport(options: {
  readonly socket: Socket
  readonly nodeId: string
  readonly allowsIp: (ip: string) => boolean
  readonly clock: Clock
  readonly logger: Logger
}): Transport {
  const { socket, nodeId, allowsIp, clock, logger } = options
  const bound = socket.address()
  const isIpv6 = bound.address.includes(':')
  const events = new EventEmitter()
  const admits = createPacketRate(clock)

  const onMessage = (data: Uint8Array, { address, port }: RemoteInfo) => {
    if (port === 0 || !allowsIp(address) || !admits(address)) return
    try {
      events.emit('packet', toMultiaddr(address, port), decodePacket(nodeId, data))
    } catch (error) {
      logger.debug('discovery packet refused', { from: `${address}:${port}`, error })
    }
  }
  const onError = (error: Error) => logger.debug('discovery socket failed', { error })

  const transport: Omit<Transport, keyof EventEmitter> = {
    bindAddrs: [toMultiaddr(bound.address, bound.port)],
    ipMode: isIpv6 ? { ip4: false, ip6: true } : { ip4: true, ip6: false },
    async start() {
      socket.on('message', onMessage)
      socket.on('error', onError)
    },
    async stop() {
      socket.off('message', onMessage)
      await new Promise<void>((resolve) => socket.close(resolve))
    },
    async send(to, toId, packet) {
      const { host, port } = to.toOptions()
      if (port === 0 || host.includes(':') !== isIpv6 || !allowsIp(host)) return
      socket.send(encodePacket(toId, packet), port, host, (error) => {
        if (error) onError(error)
      })
    },
    getContactableAddr: (record) =>
      getSocketAddressOnENR(record, isIpv6 ? { ip4: false, ip6: true } : { ip4: true, ip6: false }),
  }
  return Object.assign(events, transport) as unknown as Transport
}

function toMultiaddr(ip: string, port: number) {
  const octets = ipBytes(ip)
  return multiaddrFromSocketAddress({ ip: { type: octets.length === 4 ? 4 : 6, octets }, port })
}
