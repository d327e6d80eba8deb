import { type JsonRpcClient, requestEach } from '../../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import type { L2BlockRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { syncStatusFromJson, syncStatusToJson } from '../../../node/protocol/sync-status-json.ts'

/** A rule of follow mode that a follower breaks. */
export type Bug =
  /** Keeps its safe heads when its source leaves the chain that they are of: it never learns of an L1 reorg. */
  | 'misses-l1-reorgs'
  /** Takes whatever its source says: no replay guard. */
  | 'believes-everything'
  /** Builds three blocks of its own, adopts its source's safe head, and builds again. */
  | 'oscillates'
  /** Makes other blocks than everybody from its 60th on, from the same input. */
  | 'other-blocks'

export interface BuggyFollowerOptions {
  readonly bug: Bug
  readonly source: Pick<JsonRpcClient, 'request'>
}

/** A consensus node with a bug, as far as its public endpoint shows it: it follows whenever it is asked. */
export function createBuggyFollower({ bug, source }: BuggyFollowerOptions) {
  let kept: SyncStatus | null = null
  let stuck = false
  let asked = 0
  const chain = new Map<bigint, string>()

  async function status(signal?: AbortSignal): Promise<SyncStatus> {
    const now = await source
      .request('optimism_syncStatus', [], signal)
      .then(syncStatusFromJson)
      // A source that is away moves nothing.
      .catch((error: unknown) => {
        if (kept === null) throw error
        return kept
      })
    asked++
    const next = follow(now)
    kept = next
    return next
  }

  function follow(now: SyncStatus): SyncStatus {
    switch (bug) {
      case 'believes-everything':
        return now
      case 'misses-l1-reorgs': {
        const { number, hash } = now.localSafeL2
        const known = chain.get(number)
        if (kept !== null && (number < kept.localSafeL2.number || (known !== undefined && known !== hash)))
          stuck = true
        chain.set(number, hash)
        if (!stuck || kept === null) return now
        return { ...now, ...heads(kept), currentL1: kept.currentL1 }
      }
      case 'oscillates': {
        if (now.localSafeL2.number < 30n) return now
        const built = BigInt(asked % 4)
        const { localSafeL2: safe } = now
        return {
          ...now,
          unsafeL2: built === 0n ? safe : own({ ...safe, number: safe.number + built }, asked),
        }
      }
      case 'other-blocks': {
        if (now.unsafeL2.number < 60n && !stuck) return now
        stuck = true
        const other = own(now.unsafeL2, 0)
        const first = kept?.unsafeL2 ?? other
        const unsafeL2 = first.hash.endsWith('0bad') ? first : other
        const below = (ref: L2BlockRef) => (ref.number < unsafeL2.number ? ref : (kept ?? now).localSafeL2)
        return { ...now, unsafeL2, localSafeL2: below(now.localSafeL2), safeL2: below(now.safeL2) }
      }
    }
  }

  const request: JsonRpcClient['request'] = async (method, _params, signal) => {
    if (method === 'optimism_syncStatus') return syncStatusToJson(await status(signal))
    if (method === 'optimism_version') return 'buggy'
    throw new JsonRpcError(-32601, `the method ${method} does not exist`)
  }
  return {
    request,
    requestAll: (calls: Parameters<JsonRpcClient['requestAll']>[0], signal?: AbortSignal) =>
      requestEach(request, calls, signal),
  }
}

const heads = ({ unsafeL2, safeL2, finalizedL2, localSafeL2 }: SyncStatus) => ({
  ...{ unsafeL2, safeL2, finalizedL2, localSafeL2 },
})

/** The block with a hash of our own. */
function own(ref: L2BlockRef, salt: number): L2BlockRef {
  const tail = `${salt.toString(16).padStart(8, '0')}0bad`
  return { ...ref, hash: `0x${ref.hash.slice(2, 66 - tail.length)}${tail}` }
}
