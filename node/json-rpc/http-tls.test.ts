import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHttpExchange, type HttpRequest } from './http-exchange.ts'
import { selfSigned } from './testing/self-signed.ts'

const trusted = getCACertificates('default')
const post: HttpRequest = { method: 'POST', headers: {}, body: '{"id":1}', timeoutMs: 2_000, bytesMax: 1_000 }

let port: number
let connections: number
let requests: string[]
let close: () => Promise<void>

beforeEach(async () => {
  connections = 0
  requests = []
  const server = createServer(selfSigned, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push(body)
    response.setHeader('content-encoding', 'gzip').end(gzipSync(`{"answer":${requests.length}}`))
  })
  server.on('secureConnection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
})
afterEach(async () => {
  setDefaultCACertificates(trusted)
  await close()
})

describe('over TLS', () => {
  it('a certificate that nobody vouches for is refused, and the server is told nothing', async () => {
    const exchange = createHttpExchange(`https://localhost:${port}`)
    await expect(exchange(post)).rejects.toThrow('self-signed certificate')
    expect(requests).toEqual([])
  })

  it('one that the user trusts is taken, for one connection and packed answers', async () => {
    setDefaultCACertificates([...trusted, selfSigned.cert])
    const exchange = createHttpExchange(`https://localhost:${port}`)
    for (const count of [1, 2]) {
      const { status, text } = await exchange(post)
      expect({ status, text }).toEqual({ status: 200, text: `{"answer":${count}}` })
    }
    expect(requests).toEqual(['{"id":1}', '{"id":1}'])
    expect(connections).toBe(1)
  })

  it('one for another name is refused, whoever vouches for it', async () => {
    setDefaultCACertificates([...trusted, selfSigned.cert])
    const exchange = createHttpExchange(`https://127.0.0.1:${port}`)
    await expect(exchange(post)).rejects.toThrow("IP: 127.0.0.1 is not in the cert's list")
    expect(requests).toEqual([])
  })
})
