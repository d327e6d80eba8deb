import { createFollowSource } from './adapters/follow-source/follow-source.ts'
import type { NodeConfig } from './config/node-config.ts'
import { followMode } from './follow/follow-mode.ts'
import type { FinishedCall } from './json-rpc/client.ts'
import { createHttpRpcClient } from './json-rpc/http-client.ts'
import type { ModeParts } from './node-mode.ts'
import type { Clock } from './ports/clock.ts'

/** A status has a dozen references and a rollup config some forty fields. */
const responseBytesMax = 1024 * 1024

/** The follow source and the follow tick: loaded by a follower alone. */
export function openFollowParts(
  { sourceUrl: url, timeoutMs }: NonNullable<NodeConfig['follow']>,
  clock: Clock,
  onCall: (call: FinishedCall) => void,
): ModeParts {
  const rpc = createHttpRpcClient({ url, timeoutMs, responseBytesMax, clock, onCall })
  return {
    mode: followMode,
    recoverKey: undefined,
    ports: { beacon: null, decompressor: null, followSource: createFollowSource(rpc) },
  }
}
