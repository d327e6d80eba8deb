import type { JsonRpcClient } from '../../../../node/json-rpc/client.ts'
import type { PayloadEnvelope } from '../../../../node/protocol/payload.ts'
import { payloadToJson } from '../../../../node/protocol/payload-json.ts'

/** Blocks that wait for the node to take those before them; more are lost, as gossip is. */
const waitingMax = 10_000

/** Gives a node unsafe blocks by `admin_postUnsafePayload`, one after the other in their order. */
export interface BlockPost {
  add(block: PayloadEnvelope): void
  /** Forgets those that wait. */
  clear(): void
}

export function createBlockPost(rpc: Pick<JsonRpcClient, 'request'>): BlockPost {
  const waiting: PayloadEnvelope[] = []
  let busy = false

  async function work(): Promise<void> {
    busy = true
    for (let block = waiting.shift(); block !== undefined; block = waiting.shift()) {
      const { payload, parentBeaconBlockRoot } = block
      // As `engine_getPayload` gives it. A node that does not take it now has missed it.
      await rpc
        .request('admin_postUnsafePayload', [
          { executionPayload: payloadToJson(payload), parentBeaconBlockRoot },
        ])
        .catch(() => {})
    }
    busy = false
  }

  return {
    add(block) {
      if (waiting.length >= waitingMax) return
      waiting.push(block)
      if (!busy) void work()
    },
    clear() {
      waiting.length = 0
    },
  }
}
