import type { Address, Hash } from 'viem'
import type { HeadChange } from '../chain/chain.ts'
import type { ExecutedBlock, Log } from '../execution/types.ts'
import type { LogFilter } from './params.ts'
import { blockLogsToJson } from './receipt-json.ts'

/** Which logs are wanted; an absent part wants all. */
export interface LogCriteria {
  readonly addresses: readonly Address[] | null
  /** By position: `null` takes any topic, a list takes one of its topics. */
  readonly topics: readonly (readonly Hash[] | null)[]
}

export function logCriteria(filter: LogFilter): LogCriteria {
  return { addresses: filter.address ?? null, topics: filter.topics ?? [] }
}

/** Source: execution-apis, `eth_getLogs`; an empty list of addresses or topics takes any. */
export function matchesLog({ addresses, topics }: LogCriteria, log: Log): boolean {
  if (addresses !== null && addresses.length > 0 && !addresses.includes(log.address)) return false
  return topics.every((wanted, position) => {
    const topic = log.topics[position]
    if (wanted === null || wanted.length === 0) return true
    return topic !== undefined && wanted.includes(topic)
  })
}

/** The wanted logs of one block, with their places. */
export function matchingLogs(
  criteria: LogCriteria,
  block: ExecutedBlock,
  removed = false,
): Record<string, unknown>[] {
  const wanted = block.receipts.flatMap(({ logs }) => logs.map((log) => matchesLog(criteria, log)))
  if (!wanted.includes(true)) return []
  return blockLogsToJson(block, removed).filter((_, index) => wanted[index])
}

/** After a reorg, the logs of the blocks that left come first, with `removed`. Source: geth, "Real-time Events". */
export function changedLogs(
  criteria: LogCriteria,
  { removed, added }: HeadChange,
): Record<string, unknown>[] {
  return [
    ...removed.flatMap((block) => matchingLogs(criteria, block, true)),
    ...added.flatMap((block) => matchingLogs(criteria, block)),
  ]
}
