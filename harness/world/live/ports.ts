import { createServer } from 'node:net'

/** Below the ephemeral ranges of Linux (32768) and macOS (49152): no outgoing connection ever takes one of these. */
const firstPort = 15_000
const lastPort = 32_000
const triesMax = 200
/** More than any devstack needs, so that two that start at the same moment never look at the same ports. */
const slotSize = 64
const slots = Math.floor((lastPort - firstPort) / slotSize)

/** Hands out TCP ports on 127.0.0.1 that were free a moment ago, each only once. */
export interface PortAllocator {
  /** @throws when 200 ports in a row were taken. */
  next(): Promise<number>
  readonly allocated: readonly number[]
}

export interface PortAllocatorOptions {
  /**
   * Where to begin. A port that is free now may be taken a second later by another devstack that boots: those that
   * boot at the same time should have different slots.
   */
  readonly slot: number
}

export function createPortAllocator(options: PortAllocatorOptions): PortAllocator {
  const allocated: number[] = []
  let candidate = firstPort + (options.slot % slots) * slotSize
  return {
    allocated,
    async next() {
      for (let tries = 0; tries < triesMax; tries++) {
        const port = candidate
        candidate = candidate >= lastPort ? firstPort : candidate + 1
        if (await isFree(port)) {
          allocated.push(port)
          return port
        }
      }
      throw new Error(
        `no free TCP port on 127.0.0.1 among ${triesMax} before ${candidate}; end some programs that listen there`,
      )
    },
  }
}

/** True when nothing listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
