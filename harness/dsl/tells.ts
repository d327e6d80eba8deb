import type { GossipRefusal } from '../../node/network/gossip-validation.ts'
import type { WorldEvent } from '../events/event.ts'
import type { Mark } from '../events/marks.ts'
import type { ClHandle } from '../world/world.ts'
import type { Run } from './run.ts'

/** Why a node did what it did, as its own record has it: a mark that it reached, or a message that it refused. */
export type Reason = Mark | `refused ${GossipRefusal}`

/** Asks a node for its reasons: "it stopped following" is true for a hundred of them. */
export interface Tells {
  /**
   * Runs `during`, and waits until the node has given that reason since it began. Only a client with the capability
   * `reasons` gives any; with another the outcome must do.
   */
  tells<T>(reason: Reason, during: () => Promise<T>): Promise<T>
}

/** How many L2 blocks' time a reason may take to be told, for the limits. */
const someBlocks = 10n

export function createTells(run: Run, { name, capabilities }: ClHandle): Tells {
  return {
    async tells(reason, during) {
      if (!capabilities.has('reasons')) return during()
      const given = new Set<string>()
      const listeners = new Set<() => void>()
      const end = run.world.events.subscribe((event) => {
        const told = reasonIn(event, name)
        if (told === null) return
        given.add(told)
        for (const listener of listeners) listener()
      })
      const subscribe = (listener: () => void) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      }
      try {
        const value = await during()
        await run.wait({
          what: `${name}: tells ${reason}`,
          expected: `${name} to give the reason “${reason}”`,
          limits: run.limits('localSafe', someBlocks),
          streams: [{ subscribe }],
          look: () =>
            given.has(reason)
              ? { done: true, value: undefined }
              : { done: false, found: `it told ${[...given].join(', ') || 'nothing'}` },
        })
        return value
      } finally {
        end()
      }
    },
  }
}

function reasonIn(event: WorldEvent, node: string): string | null {
  if (event.kind === 'reach' && event.node === node) return event.mark
  const refused = event.kind === 'gossip' && (event.action === 'reject' || event.action === 'ignore')
  return refused && event.node === node && event.reason !== undefined ? `refused ${event.reason}` : null
}
