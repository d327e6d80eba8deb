import type { Hash } from 'viem'
import { z } from 'zod'
import type { Observation } from '../world/status-stream.ts'
import type { ClHandle, World } from '../world/world.ts'
import { finalizedFinal } from './finalized-final.ts'
import { headsOrdered } from './heads-ordered.ts'
import { type Invariant, type InvariantContext, InvariantViolation } from './invariant.ts'
import { originGrace, originsCanonical } from './origins-canonical.ts'
import { withinSource } from './within-source.ts'

const blockSchema = z.looseObject({ hash: z.string() }).nullable()

/**
 * Checks every invariant on every observation of every node. The first violation fails the world. Returns what ends
 * the watch: it resolves when the checks that were under way are done, whatever they found.
 */
export function watchInvariants(world: World): () => Promise<void> {
  const underWay = new Set<Promise<void>>()
  const ends = [...world.cls.values()].map((node) => watchNode(world, node, underWay))
  return async () => {
    for (const end of ends) end()
    await Promise.all(underWay)
  }
}

function watchNode(world: World, node: ClHandle, underWay: Set<Promise<void>>): () => void {
  const invariants: readonly Invariant[] = [
    headsOrdered(),
    finalizedFinal(),
    withinSource(),
    originsCanonical(originGrace(world.parameters)),
  ]

  const check = async (invariant: Invariant, observation: Observation) => {
    const context: InvariantContext = {
      nowMs: world.clock.nowMs(),
      starts: node.lifecycle.starts,
      engineStarts: node.el.lifecycle.starts,
      l1: world.l1.view,
      source: node.source,
      canonicalHash: (number) => canonicalHash(node, number),
    }
    const message = await invariant.check(observation, context)
    if (message === null || world.failed.aborted) return
    const { name } = invariant
    world.events.record({
      kind: 'invariant',
      invariant: name,
      node: node.name,
      outcome: 'violated',
      message,
    })
    world.fail(new InvariantViolation(invariant, node.name, message))
  }
  return node.status.onObservation((observation) => {
    for (const invariant of invariants) {
      const checking = check(invariant, observation)
        .catch((error: unknown) => {
          world.fail(
            new Error(`invariant ${invariant.name} could not be checked: ${error}`, { cause: error }),
          )
        })
        .finally(() => underWay.delete(checking))
      underWay.add(checking)
    }
  })
}

async function canonicalHash(node: ClHandle, number: bigint): Promise<Hash | null> {
  try {
    const block = await node.el.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    return (blockSchema.parse(block)?.hash ?? null) as Hash | null
  } catch {
    // An engine that cannot be asked proves nothing.
    return null
  }
}
