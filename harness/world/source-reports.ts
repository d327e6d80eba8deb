import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { syncStatusFromJson } from '../../node/protocol/sync-status-json.ts'
import type { Link, LinkExchange } from '../links/link.ts'

/** The highest numbers that a source ever reported to one follower. */
export interface SourceReports {
  readonly localSafe: bigint
  readonly crossSafe: bigint
  readonly finalized: bigint
  readonly currentL1: bigint
}

/**
 * Reads every status that passes over the link between a follower and its source, before the follower gets it: what the
 * follower publishes can then be compared with what it was told, without a race.
 */
export function readSourceReports(link: Pick<Link, 'tap'>): SourceReports {
  const reports = { localSafe: 0n, crossSafe: 0n, finalized: 0n, currentL1: 0n }
  const raise = (name: keyof SourceReports, number: bigint) => {
    if (number > reports[name]) reports[name] = number
  }
  link.tap((exchange) => {
    const status = statusOf(exchange)
    if (status === null) return
    raise('localSafe', status.localSafeL2.number)
    raise('crossSafe', status.safeL2.number)
    raise('finalized', status.finalizedL2.number)
    raise('currentL1', status.currentL1.number)
  })
  return reports
}

function statusOf({ rpcMethods, response }: LinkExchange): SyncStatus | null {
  if (rpcMethods.length !== 1 || rpcMethods[0] !== 'optimism_syncStatus') return null
  if (typeof response !== 'object' || response === null || !('result' in response)) return null
  try {
    return syncStatusFromJson(response.result)
  } catch {
    return null
  }
}
