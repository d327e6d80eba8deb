import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Pace } from '../concurrency/pace.ts'

/**
 * Lets what a client sends be parsed at that pace, and reads nothing more of the connection while something of it waits.
 * A parser has every read of every connection in one turn of the event loop otherwise, and one read can be megabytes.
 * @param parser what parses, for the message when there is none or more than one.
 * @param mayGoOn whether the connection is to be read on; its parser may have stopped it meanwhile. Default: always.
 * @returns what gives the connection to another parser.
 */
export function paceReads(socket: Duplex, pace: Pace, parser: string, mayGoOn = () => true): () => void {
  const [parse, ...others] = socket.listeners('data')
  if (parse === undefined || others.length > 0)
    throw new Error(`expected one listener of ${parser} for the data of a connection: it is another version`)
  socket.off('data', parse as (bytes: Buffer) => void)
  let isOver = false
  const onData = (bytes: Buffer) => {
    let isNow = true
    let isDone = false
    pace(() => {
      isDone = true
      if (!isNow && mayGoOn()) socket.resume()
      // A connection that ended meanwhile has no parser any more.
      if (socket.destroyed || isOver) return
      try {
        parse.call(socket, bytes)
      } catch {
        // Parsers expect no bytes of a connection that they have paused themselves. Should some wait then, the connection is the loss.
        socket.destroy()
      }
    })
    isNow = false
    if (!isDone) socket.pause()
  }
  socket.on('data', onData)
  return () => {
    isOver = true
    socket.off('data', onData)
  }
}

/**
 * {@link paceReads} for all connections of an HTTP server: 64 KiB that hold a body in chunks of one byte take Node's parser ten
 * milliseconds and more, and thirty such connections stalled a process for a second, whoever they were.
 */
export function paceServerReads(server: Server, pace: Pace): void {
  // Node's own listener comes first, and has the parser.
  server.on('connection', (socket) => void upgrades.set(socket, paceReads(socket, pace, 'Node')))
}

/** What ends the pace of a connection. */
const upgrades = new WeakMap<object, () => void>()

/** A connection that another protocol has taken over: Node's parser has left it, and is another's. */
export function endPaceOf(socket: object): void {
  upgrades.get(socket)?.()
}
