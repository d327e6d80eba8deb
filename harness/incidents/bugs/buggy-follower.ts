import { type JsonRpcClient, requestEach } from '../../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { syncStatusToJson } from '../../../node/protocol/sync-status-json.ts'
import type { Bug } from './bugs.ts'

/** What a follower has around it. */
export interface Surroundings {
  /** What its source says. Rejects while that is away. */
  source(signal?: AbortSignal): Promise<SyncStatus>
  /** Head of its own L1. */
  l1Head(): Promise<L1BlockRef>
  /** Number of its engine's head. Rejects while that is away. */
  engineHead(): Promise<bigint>
  /** Who signs unsafe blocks, as L1 says; in whatever words. */
  signer(): Promise<string>
}

/** A consensus node with a bug, as far as its public endpoint shows it: it follows whenever it is asked. */
export function createBuggyFollower(bug: Bug, around: Surroundings) {
  const decide = rules[bug](around)
  let kept: SyncStatus | null = null

  /** Its `optimism_syncStatus`. Rejects until its source has answered once. */
  return async (signal?: AbortSignal): Promise<SyncStatus> => {
    // A source that is away moves nothing.
    const now = await around.source(signal).catch((error: unknown) => {
      if (kept === null) throw error
      return kept
    })
    kept = await decide(now, kept ?? now)
    return kept
  }
}

type Decide = (now: SyncStatus, kept: SyncStatus) => SyncStatus | Promise<SyncStatus>

const rules: Readonly<Record<Bug, (around: Surroundings) => Decide>> = {
  'believes-everything': () => (now) => now,
  'misses-l1-reorgs': () => {
    const chain = new Map<bigint, string>()
    let stuck = false
    return (now, kept) => {
      const { number, hash } = now.localSafeL2
      const known = chain.get(number)
      if (number < kept.localSafeL2.number || (known !== undefined && known !== hash)) stuck = true
      chain.set(number, hash)
      return stuck ? { ...now, ...heads(kept), currentL1: kept.currentL1 } : now
    }
  },
  oscillates: () => {
    let asked = 0
    return (now) => {
      asked++
      const { localSafeL2: safe } = now
      if (safe.number < 30n) return now
      const built = BigInt(asked % 4)
      return {
        ...now,
        unsafeL2: built === 0n ? safe : own({ ...safe, number: safe.number + built }, asked),
      }
    }
  },
  'other-blocks': () => {
    let first: L2BlockRef | null = null
    return (now, kept) => {
      if (first === null && now.unsafeL2.number < 60n) return now
      first ??= own(now.unsafeL2, 0)
      const unsafeL2 = first
      const below = (ref: L2BlockRef) => (ref.number < unsafeL2.number ? ref : kept.localSafeL2)
      return { ...now, unsafeL2, localSafeL2: below(now.localSafeL2), safeL2: below(now.safeL2) }
    }
  },
  'gives-up-on-lost-blocks': ({ engineHead }) => {
    let highest = 0n
    let lost = false
    return async (now, kept) => {
      const head = await engineHead().catch(() => null)
      if (head !== null && head + 1n < highest) lost = true
      if (head !== null && head > highest) highest = head
      return lost ? { ...now, ...heads(kept), currentL1: kept.currentL1 } : now
    }
  },
  'takes-lag-for-a-reorg': ({ l1Head }) => {
    const said: SyncStatus[] = []
    return async (now) => {
      const headL1 = await l1Head()
      said.push(now)
      const before = said.findLast(({ currentL1 }) => currentL1.number <= headL1.number) ?? now
      return { ...now, ...heads(before), currentL1: before.currentL1, headL1 }
    }
  },
  'finality-stuck': () => {
    let since: { readonly hash: string; readonly l1: bigint } | null = null
    let stuck = false
    return (now, kept) => {
      const { number: l1 } = now.headL1
      const { hash, number } = now.finalizedL2
      if (number > 0n && hash === since?.hash && l1 > since.l1 + 15n) stuck = true
      if (hash !== since?.hash) since = { hash, l1 }
      return stuck ? { ...now, finalizedL2: kept.finalizedL2 } : now
    }
  },
  'keeps-the-old-signer': ({ signer }) => {
    let first: string | null = null
    return async (now) => {
      const current = await signer()
      first ??= current
      return current === first ? now : { ...now, unsafeL2: now.localSafeL2 }
    }
  },
}

const heads = ({ unsafeL2, safeL2, finalizedL2, localSafeL2 }: SyncStatus) => ({
  ...{ unsafeL2, safeL2, finalizedL2, localSafeL2 },
})

/** The block with a hash of our own. */
function own(ref: L2BlockRef, salt: number): L2BlockRef {
  const tail = `${salt.toString(16).padStart(8, '0')}0bad`
  return { ...ref, hash: `0x${ref.hash.slice(2, 66 - tail.length)}${tail}` }
}

/** The public endpoint of such a node. */
export function buggyEndpoint(
  status: (signal?: AbortSignal) => Promise<SyncStatus>,
): Pick<JsonRpcClient, 'request' | 'requestAll'> {
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
