import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { isLocal, type Relay, startRelay } from './relay.ts'

const open: (Relay | Server)[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function portOf(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, answer)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function freePort(): Promise<number> {
  const port = await portOf(() => {})
  await new Promise((resolve) => (open.pop() as Server).close(resolve))
  return port
}

function say(host: string, port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true }, () => socket.end(text))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.once('end', () => resolve(answer))
    socket.once('error', reject)
  })
}

it('carries both directions, also when one side has said everything', async () => {
  const target = await portOf((socket) => {
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('end', () => socket.end(`heard ${text}`))
  })
  const port = await freePort()
  open.push(await startRelay({ host: '127.0.0.2', port }, { host: '127.0.0.1', port: target }))
  expect(await say('127.0.0.2', port, 'hello')).toBe('heard hello')
})

it('resets a caller whose target is not there, and refuses after its end', async () => {
  const port = await freePort()
  const relay = await startRelay({ host: '127.0.0.2', port }, { host: '127.0.0.1', port: await freePort() })
  await expect(say('127.0.0.2', port, 'x')).rejects.toThrow('ECONNRESET')
  await relay.close()
  await expect(say('127.0.0.2', port, 'x')).rejects.toThrow('ECONNREFUSED')
})

it('knows an address of this machine', async () => {
  expect(await isLocal('127.0.0.3')).toBe(true)
  expect(await isLocal('192.0.2.1')).toBe(false)
})
