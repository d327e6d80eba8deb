import { createServer, type Server } from 'node:net'

/** Below the ephemeral ranges of Linux (32768) and macOS (49152): no outgoing connection ever takes one of these. */
const firstPort = 15_000
const lastPort = 32_000
/** A devstack takes one or two. */
const slotSize = 64
const slots = Math.floor((lastPort - firstPort) / slotSize)

/** Hands out TCP ports on 127.0.0.1 that were free a moment ago, each only once. */
export interface PortAllocator {
  /** @throws when no slot is left. */
  next(): Promise<number>
  readonly allocated: readonly number[]
  /** Gives the slots back. */
  close(): void
}

export interface PortAllocatorOptions {
  /** Where to begin to look for a slot: those that boot at the same time get on best with different ones. */
  readonly slot: number
}

/**
 * Ports come from slots, and who listens on the first port of a slot owns it: what a component takes that starts late
 * was not taken meanwhile by another devstack. A process that dies gives its slots back.
 */
export function createPortAllocator(options: PortAllocatorOptions): PortAllocator {
  const allocated: number[] = []
  const guards: Server[] = []
  let looked = 0
  let candidate = 0
  let end = 0

  async function claimSlot(): Promise<void> {
    while (looked < slots) {
      const first = firstPort + ((options.slot + looked++) % slots) * slotSize
      const guard = await listenOn(first)
      if (guard === null) continue
      guard.unref()
      guards.push(guard)
      candidate = first + 1
      end = first + slotSize
      return
    }
    throw new Error(
      `no free slot of ${slotSize} TCP ports on 127.0.0.1 between ${firstPort} and ${lastPort}; end some programs that listen there`,
    )
  }

  return {
    allocated,
    async next() {
      for (;;) {
        if (candidate >= end) await claimSlot()
        const port = candidate++
        if (!(await isFree(port))) continue
        allocated.push(port)
        return port
      }
    },
    close() {
      for (const guard of guards.splice(0)) guard.close()
    },
  }
}

/** True when nothing listens on this port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port)
  if (server === null) return false
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  return true
}

/** Null when the port is taken. */
function listenOn(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(null))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })
}
