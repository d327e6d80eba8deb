import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Listens and returns the URL with the port that was given.
 * @throws the listen error (EADDRINUSE, EADDRNOTAVAIL, EACCES), unchanged.
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
): Promise<{ readonly url: string; readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
  }
}

/** Ends the server and every connection that is still open. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
