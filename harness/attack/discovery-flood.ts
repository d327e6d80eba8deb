import { createSocket, type Socket } from 'node:dgram'
import { encodePacket } from '@chainsafe/discv5/packet'
import { parseNodeRecord } from '../../node/adapters/discovery/node-record.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'

const clock = createSystemClock()
const random = createSystemRandom()
/** Bytes of the part of a packet's header that depends on its kind; the first three are what the protocol has. */
const authdataLengths = [32, 24, 34, 131, 0, 200]

/**
 * Sends packets of every kind for four seconds: bytes of any length, and headers that are masked for the node, each of a
 * node that it has not heard of. Source: discv5-wire.md, "Packet Encoding".
 */
export async function floodDiscovery(record: string): Promise<void> {
  const node = parseNodeRecord(record)
  const port = node?.udp
  if (node === null || port === undefined)
    throw new Error(`expected a record with a UDP port, found ${record}`)
  const sockets = Array.from({ length: 50 }, () => createSocket('udp4').on('error', () => {}))
  const send = (socket: Socket, packet: Uint8Array) => socket.send(packet, port, '127.0.0.1')
  for (let round = 0; round < 200; round++) {
    for (const [index, socket] of sockets.entries()) {
      send(socket, random.bytes(63 + ((round * 7 + index) % 1_218)))
      send(socket, encodePacket(node.nodeId, packetOf(round + index) as never))
    }
    await clock.sleep(20)
  }
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
}

function packetOf(index: number) {
  const authdata = random.bytes(authdataLengths[index % authdataLengths.length] as number)
  return {
    maskingIv: random.bytes(16),
    header: {
      ...{ protocolId: 'discv5', version: 1, flag: index % 4, nonce: random.bytes(12) },
      ...{ authdataSize: authdata.length, authdata },
    },
    message: random.bytes(100),
  }
}
