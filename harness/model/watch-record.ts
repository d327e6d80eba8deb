import { errorText } from '../../node/concurrency/error-text.ts'
import { JsonRpcError, JsonRpcTransportError } from '../../node/json-rpc/errors.ts'
import type { WatchedNode, WatchedWorld } from '../invariants/monitor.ts'
import { originGrace } from '../invariants/origins-canonical.ts'
import { type SafeHeadAtL1, safeHeadAtL1 } from '../world/safe-head-at-l1.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

/**
 * A node that keeps a record of safe heads says of none that it came from an L1 block that L1 has replaced, wherever it is
 * asked: whoever disputes an output takes it at its word (op-node, `optimism_safeHeadAtL1Block`;
 * specs/protocol/derivation.md, "Finding the sync starting point"). Returns what ends it.
 */
export function watchRecord(world: WatchedWorld): () => void {
  const { events, cls, l1 } = world
  const disturbances = createDisturbances()
  const graceMs = originGrace(world.parameters).safeMs
  const ended = new AbortController()
  /** L1 may have become shorter since: what it had there is not forgotten for that. */
  let highest = l1.view.head.number

  async function ask(name: string, rpc: WatchedNode['rpc']): Promise<SafeHeadAtL1 | null> {
    try {
      return await safeHeadAtL1(rpc, highest, ended.signal)
    } catch (error) {
      // One that does not answer, or knows nothing yet, says nothing wrong.
      const isReadable = error instanceof JsonRpcError || error instanceof JsonRpcTransportError
      if (!isReadable && !ended.signal.aborted && !world.failed.aborted)
        world.fail(
          new ModelViolation(
            name,
            'record-on-l1',
            `its record at L1 block ${highest} cannot be read: ${errorText(error)}`,
          ),
        )
      return null
    }
  }

  async function judge({ name, rpc }: WatchedNode, askedMs: number): Promise<void> {
    const entry = await ask(name, rpc)
    if (entry === null || ended.signal.aborted || world.failed.aborted) return
    const { l1Block, safeHead } = entry
    if (l1.view.isCanonical(l1Block)) return
    const sinceMs = Math.max(l1.view.orphanedMs(l1Block.hash) ?? 0, disturbances.lastMs(name))
    if (askedMs - sinceMs <= graceMs) return
    world.fail(
      new ModelViolation(
        name,
        'record-on-l1',
        `it has on record that ${safeHead.number}:${safeHead.hash.slice(0, 10)}… was safe from L1 block ${l1Block.number}:${l1Block.hash.slice(0, 10)}… on, which L1 does not have for more than ${graceMs / 1000} s`,
      ),
    )
  }

  const ends = [
    events.subscribe(
      (event) => {
        disturbances.add(event)
        if (event.kind === 'l1-block' && event.block.number > highest) highest = BigInt(event.block.number)
      },
      { history: true },
    ),
    ...[...cls.values()]
      .filter(({ spec }) => spec.safeDb === true)
      .map((node) => node.status.onObservation(({ askedMs }) => void judge(node, askedMs))),
  ]
  return () => {
    ended.abort()
    for (const end of ends) end()
  }
}
