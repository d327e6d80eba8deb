import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Ends the connection when its client takes nothing of the answer for so long; Node's own default is never. */
export function endWhenStalled(response: ServerResponse, ms: number): void {
  response.setTimeout(ms, () => response.destroy())
}

/** A connection whose next answer is being made may be still: what {@link endWhenStalled} set for the one before ends. */
export function mayBeStill(socket: Socket): void {
  socket.setTimeout(0)
}
