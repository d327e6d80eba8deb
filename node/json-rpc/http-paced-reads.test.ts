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
  const served: string[] = []
  const sockets: Socket[] = []
  const server = createServer((request, response) => {
    served.push(request.url ?? '')
    response.end(request.url)
  })
  paceServerReads(server, (work) => void works.push(work))
  server.on('connection', (socket) => sockets.push(socket))
  const { port } = await listen(server, '127.0.0.1', 0)
  open.push(() => closeServer(server))
  const client = connect(port, '127.0.0.1').on('error', () => {})
  open.push(() => client.destroy())
  await once(client, 'connect')
  const ask = (path: string) => client.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  const waits = (count: number) => vi.waitFor(() => expect(works).toHaveLength(count), { interval: 5 })
  return { works, served, sockets, client, ask, waits }
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
