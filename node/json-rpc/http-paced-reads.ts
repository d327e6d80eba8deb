import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { createPace, type Pace } from '../concurrency/pace.ts'
import type { EventLoop } from '../ports/event-loop.ts'

/**
 * The paces that all connections of a server share. What a read can cost goes with its length, and most calls are short:
 * they must not wait until the long reads of a hundred others have had their turns.
 */
export interface ReadPaces {
  readonly short: Pace
  readonly long: Pace
}

/** Bytes: a call or two. In chunks of one byte each they take Node's parser less than a millisecond. */
const shortReadMax = 4 * 1024

export const createReadPaces = (eventLoop: EventLoop): ReadPaces => ({
  short: createPace(eventLoop),
  long: createPace(eventLoop),
})

/**
 * Lets what a client sends be parsed at that pace, and reads nothing more of the connection while something of it waits.
 * A parser has every read of every connection in one turn of the event loop otherwise, and one read can be megabytes.
 * @param parser what parses, for the message when there is none or more than one.
 * @param mayGoOn whether the connection is to be read on; its parser may have stopped it meanwhile. Default: always.
 * @returns what gives the connection to another parser.
 */
export function paceReads(
  socket: Duplex,
  paces: ReadPaces,
  parser: string,
  mayGoOn = () => true,
): () => void {
  const [parse, ...others] = socket.listeners('data')
  if (parse === undefined || others.length > 0)
    throw new Error(`expected one listener of ${parser} for the data of a connection: it is another version`)
  socket.off('data', parse as (bytes: Buffer) => void)
  let isOver = false
  const onData = (bytes: Buffer) => {
    let isNow = true
    let isDone = false
    const pace = bytes.length <= shortReadMax ? paces.short : paces.long
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
export function paceServerReads(server: Server, paces: ReadPaces): void {
  // Node's own listener comes first, and has the parser.
  server.on('connection', (socket) => void upgrades.set(socket, paceReads(socket, paces, 'Node')))
}

/** What ends the pace of a connection. */
const upgrades = new WeakMap<object, () => void>()

/** A connection that another protocol has taken over: Node's parser has left it, and is another's. */
export function endPaceOf(socket: object): void {
  upgrades.get(socket)?.()
}
