import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import type { BlockId } from '../../../node/protocol/refs.ts'
import { isZeroRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { syncStatusFromJson } from '../../../node/protocol/sync-status-json.ts'
import { headOf, type Level, levels } from '../../world/levels.ts'
import { readHeader } from '../record/block-header.ts'
import { blocksOfEngine, blocksOfNode, type ComparedBlock, CompareError } from './block-source.ts'
import { type FirstDifference, firstDifference } from './first-difference.ts'

type Rpc = Pick<JsonRpcClient, 'request'>

export interface CompareOptions {
  readonly follower: Rpc
  readonly source: Rpc
  readonly l1: Rpc
  /** Without them blocks are asked of the nodes. */
  readonly followerEl: Rpc | null
  readonly sourceEl: Rpc | null
  readonly signal: AbortSignal
}

/** An L1 block that one of both stands on and L1 does not have. */
export interface OffL1 {
  readonly who: 'follower' | 'source'
  readonly what: Level | 'currentL1' | 'first different block'
  readonly block: BlockId
  /** What L1 has at that height; null when it is not so far. */
  readonly canonical: BlockId | null
}

export interface Comparison {
  readonly follower: SyncStatus
  readonly source: SyncStatus
  readonly l1Head: BlockId
  /** Up to where blocks were compared. */
  readonly comparedTo: bigint
  readonly difference: FirstDifference<ComparedBlock> | null
  readonly offL1: readonly OffL1[]
}

/**
 * Asks both nodes, both engines as far as there are, and L1, once.
 * @throws CompareError naming who did not answer what.
 */
export async function compareNodes(options: CompareOptions): Promise<Comparison> {
  const { l1, signal } = options
  const [follower, source] = await Promise.all([
    statusOf('follower', options.follower, signal),
    statusOf('source', options.source, signal),
  ])
  const l1Head = await l1Block(l1, 'latest', signal)
  if (l1Head === null) throw new CompareError('l1: expected a head, found none')
  const blocks = (name: 'follower' | 'source', el: Rpc | null, rpc: Rpc) =>
    el === null ? blocksOfNode(name, rpc, signal) : blocksOfEngine(`${name}'s engine`, el, signal)
  const at = {
    a: blocks('follower', options.followerEl, options.follower),
    b: blocks('source', options.sourceEl, options.source),
  }
  const high = lower(follower.unsafeL2, source.unsafeL2)
  const finalized = lower(follower.finalizedL2, source.finalizedL2)
  // A fork is seldom below it, and the chain may begin far above block 0.
  const isBelow =
    finalized > 0n &&
    finalized < high &&
    (await firstDifference(at, { low: finalized, high: finalized })) !== null
  const low = isBelow || finalized > high ? 0n : finalized
  const parted = await firstDifference(at, { low, high })
  const difference = parted === null ? null : await withOrigins(options, parted)
  return {
    ...{ follower, source, l1Head, comparedTo: high, difference },
    offL1: await findOffL1(l1, { follower, source, difference }, signal),
  }
}

async function statusOf(name: string, rpc: Rpc, signal: AbortSignal): Promise<SyncStatus> {
  try {
    return syncStatusFromJson(await rpc.request('optimism_syncStatus', [], signal))
  } catch (error) {
    throw new CompareError(
      `${name}: optimism_syncStatus: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function lower(a: BlockId, b: BlockId): bigint {
  return a.number < b.number ? a.number : b.number
}

/** Engines do not tell origins; their nodes may. */
async function withOrigins(
  { follower, source, signal }: CompareOptions,
  parted: FirstDifference<ComparedBlock>,
): Promise<FirstDifference<ComparedBlock>> {
  const placed = async (name: string, rpc: Rpc, block: ComparedBlock) => {
    if (block.origin !== null) return block
    const told = await blocksOfNode(name, rpc, signal)(block.number).catch(() => null)
    return told?.hash === block.hash ? { ...block, origin: told.origin } : block
  }
  const [a, b] = await Promise.all([
    placed('follower', follower, parted.a),
    placed('source', source, parted.b),
  ])
  return { ...parted, a, b }
}

async function findOffL1(
  l1: Rpc,
  found: Pick<Comparison, 'follower' | 'source' | 'difference'>,
  signal: AbortSignal,
): Promise<readonly OffL1[]> {
  const { difference } = found
  const claims = (['follower', 'source'] as const).flatMap((who) => {
    const status = found[who]
    const block = who === 'follower' ? difference?.a : difference?.b
    return [
      ...(block === undefined || block.origin === null
        ? []
        : [{ who, what: 'first different block' as const, block: block.origin }]),
      ...levels.map((what) => ({ who, what, block: headOf(status, what).l1Origin })),
      { who, what: 'currentL1' as const, block: status.currentL1 },
    ]
  })
  const asked = new Map<bigint, Promise<BlockId | null>>()
  const canonicalAt = (number: bigint) => {
    const known = asked.get(number) ?? l1Block(l1, `0x${number.toString(16)}`, signal)
    asked.set(number, known)
    return known
  }
  const judged = await Promise.all(
    claims.map(async (claim) => {
      if (isZeroRef(claim.block)) return []
      const canonical = await canonicalAt(claim.block.number)
      return canonical?.hash === claim.block.hash ? [] : [{ ...claim, canonical }]
    }),
  )
  return judged.flat()
}

async function l1Block(l1: Rpc, label: string, signal: AbortSignal): Promise<BlockId | null> {
  try {
    return readHeader(await l1.request('eth_getBlockByNumber', [label, false], signal))
  } catch (error) {
    throw new CompareError(
      `l1: eth_getBlockByNumber(${label}): ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
