import type { AddressInfo, Server } from 'node:net'

/** Where a gateway listens. */
export interface ListenAt {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
}

/** Where the gateways of a devstack listen: only its own programs are to reach them. */
export const onLoopback: ListenAt = { host: '127.0.0.1', port: 0 }

/**
 * @returns the port that it has.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export async function listenAt(server: Server, { host, port }: ListenAt): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}
