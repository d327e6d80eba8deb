import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeServer, listen } from '../../node/json-rpc/http-listen.ts'

/** Answers one request as it likes. */
export type Turn = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers honestly, until it turns. */
export interface Turncoat extends AsyncDisposable {
  readonly url: string
  /** Requests that came since it last turned. */
  readonly asked: number
  /** @param how it answers from now on; null: as the honest one. Answers that it still gives are cut off. */
  turn(how: Turn | null): void
}

/** The whole body of a request. */
export function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve) => request.on('end', () => resolve(Buffer.concat(chunks))))
}

/** As the JSON-RPC server there answers. */
export const asServedAt =
  (url: string): Turn =>
  (request, response) => {
    const passOn = async () => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(url, { method: 'POST', headers, body: await bodyOf(request) })
      response.writeHead(answer.status, headers).end(await answer.text())
    }
    passOn().catch(() => response.destroy())
  }

export async function startTurncoat(honest: Turn): Promise<Turncoat> {
  let [how, asked] = [honest, 0]
  const server = createServer((request, response) => {
    asked++
    how(
      request.on('error', () => {}).resume(),
      response.on('error', () => {}),
    )
  })
  const { url } = await listen(server, '127.0.0.1', 0)
  return {
    url,
    get asked() {
      return asked
    },
    turn(next) {
      how = next ?? honest
      asked = 0
      server.closeAllConnections()
    },
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}

const json = { 'content-type': 'application/json' }
const megabyte = Buffer.alloc(1_000_000, ' ')

/** Writes it again and again, as fast as the other side reads, until the other side goes. */
function pour(response: ServerResponse, chunk: Buffer): void {
  const more = () => {
    while (!response.destroyed && !response.writableNeedDrain) response.write(chunk)
  }
  response.on('drain', more)
  more()
}

/** A whole answer, whatever was asked. */
const answer =
  (text: () => string): Turn =>
  (_, response) =>
    void response.writeHead(200, json).end(text())

/** What a server can do to whoever asks it. */
export const turns: Readonly<Record<string, Turn>> = {
  'a byte a second': (_, response) => {
    response.writeHead(200, json)
    const each = setInterval(() => response.write(' '), 1_000)
    response.on('close', () => clearInterval(each))
  },
  'headers of a byte a second': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nx: ')
    const each = setInterval(() => socket.write('x'), 1_000)
    socket.on('close', () => clearInterval(each)).on('error', () => {})
  },
  'headers without an end': ({ socket }) => {
    socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n')
    const more = () => {
      while (!socket.destroyed && !socket.writableNeedDrain) socket.write('x: y\r\n'.repeat(10_000))
    }
    socket.on('drain', more)
    more()
  },
  'a body of 1 GB': (_, response) =>
    pour(response.writeHead(200, { ...json, 'content-length': 1e9 }), megabyte),
  'a body without an end': (_, response) => pour(response.writeHead(200, json), megabyte),
  'chunks of one byte without an end': ({ socket }) => {
    socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    const more = () => {
      while (!socket.destroyed && !socket.writableNeedDrain) socket.write('1\r\n \r\n'.repeat(10_000))
    }
    socket.on('drain', more)
    more()
  },
  '900 kB of brackets': answer(() => '['.repeat(900_000)),
  '900 kB of wrong items': answer(() => `{"jsonrpc":"2.0","id":1,"result":[${'{},'.repeat(300_000)}{}]}`),
  'a string of 900 kB in every field': answer(
    () =>
      `{"jsonrpc":"2.0","id":1,"result":{"hash":"0x${'0'.repeat(900_000)}","number":"0x${'1'.repeat(900)}"}}`,
  ),
}
