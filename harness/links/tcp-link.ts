import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../node/ports/clock.ts'
import type { FaultStand, StandingFault } from '../faults/fault-stand.ts'
import { type ListenAt, listenAt } from './listen-at.ts'
import { cuttingFault, delayedMs } from './peer-effects.ts'

/** One direction of dialling between two peers, which the harness owns: `from` dials here, and reaches `to`. */
export interface TcpLink {
  /** What `from` is given as the port of `to`. */
  readonly port: number
  /** Connections that are made from now on reach that port of the same host. */
  retarget(port: number): void
  /** Ends every connection that stands, at once, as if the network had. */
  cut(fault: StandingFault): void
  close(): Promise<void>
}

export interface TcpLinkOptions {
  readonly from: string
  readonly to: string
  readonly target: { readonly host: string; readonly port: number }
  readonly at: ListenAt
  /** Of the pair: shared with the link of the other direction. */
  readonly stand: FaultStand
  readonly clock: Clock
}

const connectionsMax = 64
/** Beyond this many bytes on their way the sender has to wait. */
const underWayMax = 4 * 1024 * 1024

/** Starts a TCP proxy. Bytes pass as they are: what is in them is between the peers. */
export async function startTcpLink(options: TcpLinkOptions): Promise<TcpLink> {
  const { from, to, stand, clock } = options
  const pairs = new Map<Socket, Socket>()
  let { target } = options
  const closed = new AbortController()

  function end(near: Socket): void {
    const far = pairs.get(near)
    pairs.delete(near)
    near.resetAndDestroy()
    far?.destroy()
  }

  function accept(near: Socket): void {
    near.on('error', () => end(near))
    const fault = cuttingFault(stand, { from, to, nowMs: clock.nowMs() })
    if (fault !== null) {
      fault.strike()
      return void near.resetAndDestroy()
    }
    const far = connect({ ...target, allowHalfOpen: true })
    pairs.set(near, far)
    far.on('error', () => end(near))
    near.on('close', () => {
      pairs.delete(near)
      far.destroy()
    })
    far.on('close', () => near.destroy())
    pump(near, near, far, { from, to })
    pump(near, far, near, { from: to, to: from })
  }

  /** Passes on what `sender` sends, in order and, where a fault says so, later. */
  function pump(
    near: Socket,
    source: Socket,
    sink: Socket,
    way: { readonly from: string; readonly to: string },
  ): void {
    let tail: Promise<unknown> = Promise.resolve()
    let [underWay, queued, dueMs] = [0, 0, 0]
    const write = (chunk: Buffer) => {
      if (!sink.destroyed) sink.write(chunk)
    }
    const throttle = () => {
      if (underWay + sink.writableLength > underWayMax) source.pause()
      else if (source.isPaused()) source.resume()
    }
    source.on('data', (chunk) => {
      const nowMs = clock.nowMs()
      const cutting = cuttingFault(stand, { ...way, nowMs })
      if (cutting !== null) {
        cutting.strike()
        return end(near)
      }
      const delayMs = delayedMs(stand, { ...way, nowMs })
      if (queued === 0 && delayMs === 0) {
        write(chunk)
        return throttle()
      }
      dueMs = Math.max(dueMs, nowMs + delayMs)
      const at = dueMs
      queued++
      underWay += chunk.byteLength
      throttle()
      tail = tail
        .then(() => clock.sleep(Math.max(0, at - clock.nowMs()), closed.signal))
        .then(
          () => write(chunk),
          () => {},
        )
        .then(() => {
          queued--
          underWay -= chunk.byteLength
          throttle()
        })
    })
    sink.on('drain', throttle)
    source.on('end', () => void tail.then(() => sink.end()))
  }

  const server: Server = createServer({ allowHalfOpen: true }, accept)
  server.maxConnections = connectionsMax
  const port = await listenAt(server, options.at)
  return {
    port,
    retarget(to) {
      target = { ...target, port: to }
    },
    cut(fault) {
      for (const near of [...pairs.keys()]) {
        fault.strike()
        end(near)
      }
    },
    async close() {
      closed.abort()
      const done = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const near of [...pairs.keys()]) end(near)
      await done
    },
  }
}
