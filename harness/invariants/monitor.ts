import type { Hash } from 'viem'
import { z } from 'zod'
import type { ClComponent } from '../world/live/components.ts'
import type { System } from '../world/live/system.ts'
import type { Observation } from '../world/status-stream.ts'
import { finalizedFinal } from './finalized-final.ts'
import { headsOrdered } from './heads-ordered.ts'
import { type Invariant, type InvariantContext, InvariantViolation } from './invariant.ts'
import { originGrace, originsCanonical } from './origins-canonical.ts'
import { withinSource } from './within-source.ts'

const blockSchema = z.looseObject({ hash: z.string() }).nullable()

/**
 * Checks every invariant on every observation of every node. The first violation fails the system. Returns what ends
 * the watch: it resolves when the checks that were under way are done, whatever they found.
 */
export function watchInvariants(system: System): () => Promise<void> {
  const underWay = new Set<Promise<void>>()
  const ends = [...system.cls.values()].map((node) => watchNode(system, node, underWay))
  return async () => {
    for (const end of ends) end()
    await Promise.all(underWay)
  }
}

function watchNode(system: System, node: ClComponent, underWay: Set<Promise<void>>): () => void {
  const invariants: readonly Invariant[] = [
    headsOrdered(),
    finalizedFinal(),
    withinSource(),
    originsCanonical(originGrace(system.parameters)),
  ]
  const { mode } = node.spec
  const reports = mode.kind === 'follow' ? system.sourceReports.get(node.name) : undefined
  const source = mode.kind === 'follow' && reports !== undefined ? { name: mode.source, reports } : null

  const check = async (invariant: Invariant, observation: Observation) => {
    const context: InvariantContext = {
      nowMs: system.clock.nowMs(),
      starts: node.process.starts,
      engineStarts: node.el.process.starts,
      l1: system.l1View,
      source,
      canonicalHash: (number) => canonicalHash(node, number),
    }
    const message = await invariant.check(observation, context)
    if (message === null || system.failed.aborted) return
    const { name } = invariant
    system.events.record({
      kind: 'invariant',
      invariant: name,
      node: node.name,
      outcome: 'violated',
      message,
    })
    system.fail(new InvariantViolation(invariant, node.name, message))
  }
  return node.status.onObservation((observation) => {
    for (const invariant of invariants) {
      const checking = check(invariant, observation)
        .catch((error: unknown) => {
          system.fail(
            new Error(`invariant ${invariant.name} could not be checked: ${error}`, { cause: error }),
          )
        })
        .finally(() => underWay.delete(checking))
      underWay.add(checking)
    }
  })
}

async function canonicalHash(node: ClComponent, number: bigint): Promise<Hash | null> {
  try {
    const block = await node.el.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    return (blockSchema.parse(block)?.hash ?? null) as Hash | null
  } catch {
    // An engine that cannot be asked proves nothing.
    return null
  }
}
