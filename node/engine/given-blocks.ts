import type { Hash } from 'viem'
import type { EngineApi } from '../ports/engine-api.ts'
import type { L2Block, L2Source } from '../ports/l2-source.ts'

/** More than one, since gossip gives the engine blocks while another is being derived or sequenced. */
const blocksKept = 16

/**
 * Spares reading a block back from the engine that was given it a moment ago: derivation and sequencing need the whole
 * parent of each block that they make. `engine` notes the newest blocks that it finds valid; `l2` answers with them by
 * hash, which says nothing of whether the engine still has them, and asks for everything else.
 */
export function withGivenBlocks(
  engine: EngineApi,
  l2: L2Source,
): { readonly engine: EngineApi; readonly l2: L2Source } {
  const given = new Map<Hash, L2Block>()
  return {
    engine: {
      exchangeCapabilities: (signal) => engine.exchangeCapabilities(signal),
      async newPayload(envelope, signal) {
        const status = await engine.newPayload(envelope, signal)
        if (status.status === 'VALID') {
          given.set(envelope.payload.blockHash, envelope)
          if (given.size > blocksKept) given.delete(given.keys().next().value as Hash)
        }
        return status
      },
      forkchoiceUpdated: (state, attributes, signal) => engine.forkchoiceUpdated(state, attributes, signal),
      getPayload: (id, timestamp, signal) => engine.getPayload(id, timestamp, signal),
    },
    l2: {
      chainId: (signal) => l2.chainId(signal),
      blockByLabel: (label, signal) => l2.blockByLabel(label, signal),
      blockByNumber: (number, signal) => l2.blockByNumber(number, signal),
      blockByHash: async (hash, signal) => given.get(hash) ?? l2.blockByHash(hash, signal),
      syncProgress: (signal) => l2.syncProgress(signal),
      storageRoot: (address, blockHash, signal) => l2.storageRoot(address, blockHash, signal),
    },
  }
}
