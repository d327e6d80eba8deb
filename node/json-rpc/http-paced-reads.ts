import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Pace } from '../concurrency/pace.ts'

/**
 * Lets what clients send be parsed at that pace. Node's server parses a read of every connection in one turn of the event
 * loop, and 64 KiB that hold a body in chunks of one byte take it ten milliseconds and more: thirty connections stall a
 * process for a second, whoever they are. Nothing more is read from a connection while something of it waits.
 */
export function paceServerReads(server: Server, pace: Pace): void {
  // Node's own listener comes first, and has the parser.
  server.on('connection', (socket: Socket) => {
    const [parse, ...others] = socket.listeners('data')
    if (parse === undefined || others.length > 0)
      throw new Error('expected one listener of Node for the data of a connection: it is another version')
    socket.off('data', parse as (bytes: Buffer) => void)
    let isUpgraded = false
    const onData = (bytes: Buffer) => {
      let isNow = true
      let isDone = false
      pace(() => {
        isDone = true
        if (!isNow) socket.resume()
        // A connection that ended meanwhile has no parser any more.
        if (socket.destroyed || isUpgraded) return
        try {
          parse.call(socket, bytes)
        } catch {
          // Node expects no bytes of a connection that it has paused itself. Should some wait then, the connection is the loss.
          socket.destroy()
        }
      })
      isNow = false
      if (!isDone) socket.pause()
    }
    upgrades.set(socket, () => {
      isUpgraded = true
      socket.off('data', onData)
    })
    socket.on('data', onData)
  })
}

/** What ends the pace of a connection. */
const upgrades = new WeakMap<object, () => void>()

/** A connection that another protocol has taken over: Node's parser has left it, and is another's. */
export function endPaceOf(socket: object): void {
  upgrades.get(socket)?.()
}
