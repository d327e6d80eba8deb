import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import type { Attack } from './attack.ts'
import { type EngineTarget, engineAttack } from './engine-attack.ts'

const clock = createSystemClock()
/** So long an attack goes on whose cost is what it holds. */
const holdMs = 4_000

/** Connections that write and are then held, whatever the other side does. */
async function held(url: string, count: number, write: (socket: Socket) => void): Promise<void> {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname).on('error', () => {}))
  for (const socket of sockets) socket.once('connect', () => write(socket))
  await clock.sleep(holdMs)
  for (const socket of sockets) socket.destroy()
}

const head = (rest: string) =>
  `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${rest}`
/** A call of code that answers with a megabyte of zeros, as two of text: PUSH3 0x0fffff, PUSH0, RETURN. */
const longAnswer = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'eth_call' },
  params: [
    { to: `0x${'aa'.repeat(20)}`, gas: '0x2faf080' },
    'latest',
    { [`0x${'aa'.repeat(20)}`]: { code: '0x620fffff5ff3' } },
  ],
})
const megabyte = Buffer.alloc(1_000_000, ' ')

/** Writes as fast as the other side reads, until it ends the connection or the time is over. */
async function pour(socket: Socket, chunk: Buffer): Promise<void> {
  const over = clock.nowMs() + holdMs
  while (!socket.destroyed && clock.nowMs() < over)
    // A server that reads on for ever and one that does not read are the same to whoever only looks now and then.
    if (socket.writableNeedDrain) await clock.sleep(5)
    else socket.write(chunk)
  socket.destroy()
}

async function webSocket({ httpUrl }: EngineTarget): Promise<WebSocket> {
  const socket = new WebSocket(httpUrl.replace('http', 'ws')).on('error', () => {})
  await once(socket, 'open')
  return socket
}

export const connectionAttacks: readonly Attack[] = [
  engineAttack({
    name: '200 unfinished bodies of 5 MB',
    act: ({ httpUrl }) =>
      held(httpUrl, 200, (socket) => {
        socket.write(head('content-length: 5000000\r\n\r\n'))
        for (let times = 0; times < 4; times++) socket.write(megabyte)
      }),
  }),
  engineAttack({
    name: 'a body of 1 GB',
    async act({ httpUrl }) {
      const { hostname, port } = new URL(httpUrl)
      const socket = connect(Number(port), hostname).on('error', () => {})
      await once(socket, 'connect')
      socket.write(head('content-length: 1000000000\r\n\r\n'))
      await pour(socket.resume(), megabyte)
    },
  }),
  engineAttack({
    name: 'a chunked body without an end',
    async act({ httpUrl }) {
      const { hostname, port } = new URL(httpUrl)
      const socket = connect(Number(port), hostname).on('error', () => {})
      await once(socket, 'connect')
      socket.write(head('transfer-encoding: chunked\r\n\r\n'))
      await pour(socket.resume(), Buffer.concat([Buffer.from('f4240\r\n'), megabyte, Buffer.from('\r\n')]))
    },
  }),
  engineAttack({
    name: '100 bodies in chunks of one byte, without an end',
    async act({ httpUrl }) {
      const { hostname, port } = new URL(httpUrl)
      const chunks = Buffer.from('1\r\n \r\n'.repeat(10_000))
      const flood = async () => {
        const socket = connect(Number(port), hostname).on('error', () => {})
        await once(socket, 'connect')
        socket.write(head('transfer-encoding: chunked\r\n\r\n'))
        await pour(socket.resume(), chunks)
      }
      await Promise.all(Array.from({ length: 100 }, flood))
    },
  }),
  engineAttack({
    name: '1000 connections that never finish their headers',
    act: ({ httpUrl }) => held(httpUrl, 1_000, (socket) => void socket.write('POST / HTTP/1.1\r\nhost: ')),
  }),
  engineAttack({
    name: 'pipelining: 20 000 requests whose answers nobody reads',
    act: ({ httpUrl }) =>
      held(httpUrl, 1, (socket) => {
        const body = '{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x0",true]}'
        socket.pause().write(`${head(`content-length: ${body.length}\r\n\r\n`)}${body}`.repeat(20_000))
      }),
  }),
  engineAttack({
    name: 'WebSocket: a flood of pings',
    async act(target) {
      const socket = await webSocket(target)
      const over = clock.nowMs() + holdMs
      while (clock.nowMs() < over && socket.readyState === socket.OPEN) {
        for (let times = 0; times < 500; times++) socket.ping(Buffer.alloc(125))
        await clock.sleep(1)
      }
      socket.terminate()
    },
  }),
  engineAttack({
    name: 'WebSocket: a message in a million fragments',
    async act(target) {
      const socket = await webSocket(target)
      for (let index = 0; index < 1_000_000 && socket.readyState === socket.OPEN; index++) {
        socket.send(' ', { fin: false })
        if (index % 5_000 === 0) await clock.sleep(1)
      }
      socket.terminate()
    },
  }),
  engineAttack({
    name: 'WebSocket: 20 000 calls whose answers nobody reads',
    async act(target) {
      const socket = await webSocket(target)
      socket.pause()
      const call = '{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x0",true]}'
      for (let index = 0; index < 20_000 && socket.readyState === socket.OPEN; index++) socket.send(call)
      await clock.sleep(holdMs)
      socket.terminate()
    },
  }),
  engineAttack({
    name: '100 answers of 20 MB that nobody reads',
    act: ({ httpUrl }) =>
      held(httpUrl, 100, (socket) => {
        const body = `[${Array.from({ length: 10 }, () => longAnswer).join()}]`
        socket.pause().write(`${head(`content-length: ${body.length}\r\n\r\n`)}${body}`)
      }),
  }),
  engineAttack({
    name: 'WebSocket: 100 connections with 7 answers of 2 MB that nobody reads',
    async act(target) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => webSocket(target)))
      for (const socket of sockets) {
        socket.pause()
        for (let count = 0; count < 7; count++) socket.send(longAnswer)
      }
      await clock.sleep(holdMs)
      for (const socket of sockets) socket.terminate()
    },
  }),
  engineAttack({
    name: 'WebSocket: 100 unfinished messages of 4.9 MB',
    async act(target) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => webSocket(target)))
      for (const socket of sockets) socket.send(Buffer.alloc(4_900_000, ' '), { fin: false })
      await clock.sleep(holdMs)
      for (const socket of sockets) socket.terminate()
    },
  }),
  engineAttack({
    name: 'peer port: 200 connections of noise',
    act: ({ peerUrl }) =>
      held(
        peerUrl.replace('lockstep:', 'http:'),
        200,
        (socket) => void socket.write(Buffer.alloc(100_000, 0xff)),
      ),
  }),
  engineAttack({
    name: 'peer port: 60 unfinished messages of 64 MB',
    act: ({ peerUrl }) =>
      held(peerUrl.replace('lockstep:', 'http:'), 60, (socket) => {
        socket.write(Buffer.from([0x03, 0xd0, 0x90, 0x00, 0x00]))
        for (let times = 0; times < 20; times++) socket.write(megabyte)
      }),
  }),
]
