import type { Duplex } from 'node:stream'

/** Answers a request for another protocol with an error, and ends its connection without waiting for the client. */
export function refuseUpgrade(socket: Duplex, status: string, text: string): void {
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n`
  socket.end(`${head}${text}\n`, () => socket.destroy())
}
