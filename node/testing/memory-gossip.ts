import type { Gossip } from '../ports/gossip.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/** A gossip network in memory: every published block reaches every other connected member, in order. */
export interface MemoryGossip {
  join(name: string): Gossip
  /** Cuts a member off, in both directions, until it is connected again. */
  isolate(name: string): void
  connect(name: string): void
}

export function createMemoryGossip(): MemoryGossip {
  const handlers = new Map<string, (envelope: PayloadEnvelope, peerId: string) => void>()
  const isolated = new Set<string>()
  return {
    isolate: (name) => void isolated.add(name),
    connect: (name) => void isolated.delete(name),
    join: (name) => ({
      async publish(envelope) {
        if (isolated.has(name)) return 'published'
        for (const [other, handler] of handlers)
          if (other !== name && !isolated.has(other)) handler(envelope, name)
        return 'published'
      },
      onPayload: (handler) => void handlers.set(name, handler),
      setBlockSigners: () => {},
    }),
  }
}
