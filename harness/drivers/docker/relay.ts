import { connect as connectTo, createServer, type Socket } from 'node:net'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Carries TCP connections from one address to another, byte by byte. */
export interface Relay {
  /** Ends every connection and refuses new ones. */
  close(): Promise<void>
}

const connectionsMax = 1_024

/**
 * Listens at `from` and connects each caller with `to`. A target that refuses makes the caller see a reset.
 * @throws when the address is taken or not of this machine.
 */
export async function startRelay(from: Address, to: Address): Promise<Relay> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.once('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
    // What broke is closed by `close`; there is nobody else to tell.
    socket.on('error', () => {})
  }
  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const target = connectTo({ ...to, allowHalfOpen: true })
    keep(caller, target)
    keep(target, caller)
    target.once('error', () => caller.resetAndDestroy())
    caller.pipe(target)
    target.pipe(caller)
  })
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(from.port, from.host, () => resolve())
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.resetAndDestroy()
      }),
  }
}

/** Whether that is an address of this machine: a bridge without members is not listed among its interfaces. */
export function isLocal(host: string): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(0, host, () => server.close(() => resolve(true)))
  })
}
