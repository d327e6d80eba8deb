import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { closeServer, listen } from './http-listen.ts'
import { paceServerReads } from './http-paced-reads.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A server whose reads wait until the test runs them. */
async function paced() {
  const works: (() => void)[] = []
  const longWorks: (() => void)[] = []
  const served: string[] = []
  const sockets: Socket[] = []
  const server = createServer((request, response) => {
    served.push(request.url ?? '')
    response.end(request.url)
  })
  paceServerReads(server, {
    short: (work) => void works.push(work),
    long: (work) => void longWorks.push(work),
  })
  server.on('connection', (socket) => sockets.push(socket))
  const { port } = await listen(server, '127.0.0.1', 0)
  open.push(() => closeServer(server))
  const client = connect(port, '127.0.0.1').on('error', () => {})
  open.push(() => client.destroy())
  await once(client, 'connect')
  const ask = (path: string) => client.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  const waits = (count: number) => vi.waitFor(() => expect(works).toHaveLength(count), { interval: 5 })
  return { works, longWorks, served, sockets, client, ask, waits }
}

it('parses what came when its turn comes, and reads on then', async () => {
  const { works, served, client, ask, waits } = await paced()
  ask('/first')
  await waits(1)
  ask('/second')
  expect(served).toEqual([])
  works.shift()?.()
  expect(served).toEqual(['/first'])
  await waits(1)
  works.shift()?.()
  expect(served).toEqual(['/first', '/second'])
  let answers = ''
  client.setEncoding('utf8').on('data', (text: string) => {
    answers += text
  })
  await vi.waitFor(() => expect(answers).toMatch(/\/first[\s\S]*\/second$/))
})

it('forgets what waits of a connection that has ended: its parser is another’s then', async () => {
  const { works, served, sockets, client, ask, waits } = await paced()
  ask('/late')
  await waits(1)
  const closed = new Promise((resolve) => sockets[0]?.once('close', resolve))
  client.resetAndDestroy()
  sockets[0]?.destroy()
  await closed
  works.shift()?.()
  expect(served).toEqual([])
})

it('keeps a short call from waiting behind the long reads of others', async () => {
  const { works, longWorks, served, client, ask, waits } = await paced()
  client.write(`POST /long HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000\r\n\r\n${' '.repeat(50_000)}`)
  await vi.waitFor(() => expect(longWorks).toHaveLength(1), { interval: 5 })
  // Of this connection, what comes after it stays behind it.
  ask('/after')
  const other = connect((client.remotePort ?? 0) as number, '127.0.0.1')
  open.push(() => other.destroy())
  other.write('GET /short HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await waits(1)
  works.shift()?.()
  expect(served).toEqual(['/short'])
  for (let turns = 0; !served.includes('/after'); turns++) {
    await vi.waitFor(() => expect(works.length + longWorks.length).toBeGreaterThan(0), { interval: 5 })
    ;(longWorks.shift() ?? works.shift())?.()
    expect(turns).toBeLessThan(20)
  }
  expect(served).toEqual(['/short', '/long', '/after'])
})
