import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EngineApiError, engineErrorCode } from '../ports/engine-api.ts'
import type { AttributesWithParent, PayloadEnvelope } from '../protocol/payload.ts'
import { formatRef } from '../protocol/refs.ts'
import { brokenInvariant } from './forkchoice-rules.ts'
import { createEngineRig, type EngineRig } from './testing/engine-rig.ts'
import { propertyRuns, propertyTimeoutMs } from './testing/property-runs.ts'
import { createSourceWorld, type SourceWorld } from './testing/source-world.ts'

const few = fc.integer({ min: 1, max: 4 })
const action = fc.oneof(
  fc.record({ do: fc.constant('mine L1' as const), count: few }),
  fc.record({ do: fc.constant('extend' as const), count: few }),
  fc.record({ do: fc.constant('derive' as const), spanOf: few }),
  fc.record({ do: fc.constant('derive' as const), spanOf: fc.constant(1) }),
  fc.record({ do: fc.constant('gossip' as const), back: fc.integer({ min: 0, max: 5 }), count: few }),
  fc.record({ do: fc.constant('gossip fork' as const), back: few, count: few }),
  fc.record({ do: fc.constant('finalize' as const), by: few }),
  fc.record({ do: fc.constant('reorg L1' as const), depth: few }),
  fc.record({ do: fc.constant('fail' as const), lost: fc.boolean() }),
  fc.record({ do: fc.constant('refuse' as const) }),
  fc.record({ do: fc.constant('heal' as const) }),
  // The engine has the blocks that it fetched before it was asked again.
  fc.record({ do: fc.constant('EL has synced' as const) }),
  fc.record({ do: fc.constant('restart EL' as const), lose: few }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 250, 3000) }),
)
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

/** How many L1 blocks after its origin a block's batch is found. */
const batchDelay = 2n

/** What a pipeline would hand over next: the block of the derived chain after pending-safe, when its batch is on L1. */
function nextAttributes(rig: EngineRig, world: SourceWorld): AttributesWithParent | null {
  const { pendingSafe: parent, initialized } = rig.actor.state
  const next = world.chain[Number(parent.number) + 1]
  if (!initialized || next === undefined || next.payload.parentHash !== parent.hash) return null
  const batchAt = rig.ref(next).l1Origin.number + batchDelay
  if (batchAt > rig.l1.head.number) return null
  const after = world.chain[Number(parent.number) + 2]
  const isLast = after === undefined || rig.ref(after).l1Origin.number + batchDelay > rig.l1.head.number
  const { payload, parentBeaconBlockRoot } = next
  return {
    parent,
    derivedFrom: rig.l1.at(batchAt),
    isLastInSpan: isLast,
    attributes: {
      timestamp: payload.timestamp,
      prevRandao: payload.prevRandao,
      suggestedFeeRecipient: payload.feeRecipient,
      transactions: payload.transactions,
      noTxPool: true,
      gasLimit: payload.gasLimit,
      withdrawals: [],
      eip1559Params: '0x0000000000000000',
      minBaseFee: 0n,
      ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot }),
    },
  }
}

async function derive(rig: EngineRig, world: SourceWorld, spanOf: number): Promise<void> {
  for (let index = 1; index <= spanOf; index++) {
    const attributes = nextAttributes(rig, world)
    if (attributes === null) return
    const outcome = rig.actor.consolidate({
      ...attributes,
      isLastInSpan: attributes.isLastInSpan || index === spanOf,
    })
    outcome.catch(() => {})
    await rig.clock.settle()
  }
}

async function perform(rig: EngineRig, world: SourceWorld, step: Action): Promise<void> {
  const { actor, el, clock, l1 } = rig
  const ignore = (promise: Promise<unknown>) => void promise.catch(() => {})
  const gossip = (blocks: readonly PayloadEnvelope[]) => {
    for (const block of blocks.toReversed()) ignore(actor.addUnsafePayload(block))
  }
  switch (step.do) {
    case 'mine L1':
      return world.mineL1(step.count)
    case 'extend':
      return world.extend(step.count)
    case 'derive':
      return derive(rig, world, step.spanOf)
    case 'gossip':
      return gossip(world.chain.slice(Math.max(1, world.chain.length - step.back)).slice(0, step.count))
    case 'gossip fork': {
      const from = world.chain[Math.max(0, world.chain.length - 1 - step.back)]!
      return gossip(rig.extend(from, step.count, l1.at(rig.ref(from).l1Origin.number), 'another'))
    }
    case 'finalize': {
      const number = actor.state.finalized.number + BigInt(step.by)
      const block = world.chain[Number(number)]
      const isFinal =
        block !== undefined && rig.ref(block).l1Origin.number + batchDelay + 3n <= l1.head.number
      if (!isFinal || number > actor.state.safe.number) return
      world.advance('finalized', step.by)
      return ignore(actor.finalize(rig.ref(block)))
    }
    case 'reorg L1':
      world.reorgL1(step.depth)
      // As derivation does when it sees the reorg; it knows nothing until the heads are reset.
      ignore(actor.reset('L1 reorg'))
      return
    case 'fail': {
      const fail = () => new Error('timeout')
      if (step.lost) el.loss = fail
      else el.failure = fail
      return
    }
    case 'refuse': {
      let refusals = 1
      el.failure = (method) =>
        method === 'forkchoiceUpdated' && refusals-- > 0
          ? new EngineApiError(engineErrorCode.invalidForkchoiceState, 'invalid forkchoice state')
          : null
      return
    }
    case 'heal':
      el.failure = () => null
      el.loss = () => null
      return
    case 'restart EL': {
      // Finalized blocks are on disk.
      const lowest = Math.max(
        Number(actor.state.finalized.number),
        Number(el.latest.payload.blockNumber) - step.lose,
      )
      return lowest > Number(el.latest.payload.blockNumber) ? undefined : el.restartAt(BigInt(lowest))
    }
    case 'EL has synced':
      el.completeSync()
      return
    case 'wait':
      return clock.advance(step.ms)
  }
}

it('a node that derives keeps the invariants and ends with the derived chain', {
  timeout: propertyTimeoutMs(),
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 50, size: 'max' }), async (steps) => {
      const rig = createEngineRig({ elSync: false, l1Blocks: 4 })
      const world = createSourceWorld(rig)
      await rig.start()
      let checked = 0
      const check = () => {
        for (const state of rig.states.slice(checked)) {
          expect(brokenInvariant(state)).toBeNull()
          const before = rig.states[checked - 1]?.finalized ?? state.finalized
          expect(
            state.finalized.number >= before.number,
            `finalized went back to ${formatRef(state.finalized)}`,
          ).toBe(true)
          checked++
        }
      }
      for (const step of steps) {
        await perform(rig, world, step)
        await rig.clock.settle()
        check()
      }
      rig.el.failure = () => null
      rig.el.loss = () => null
      await rig.clock.advance(3000)
      await rig.actor.reset('the errors are over')
      world.mineL1(40)
      for (
        let round = 0;
        round < 40 && rig.actor.state.safe.number < BigInt(world.chain.length - 1);
        round++
      ) {
        await derive(rig, world, 4)
        await derive(rig, world, 1)
        await rig.clock.advance(100)
      }
      check()
      const last = world.chain.at(-1)!
      expect(rig.actor.state).toMatchObject({ localSafe: rig.ref(last), safe: rig.ref(last) })
      expect(rig.el.safe ?? rig.chain.genesis.payload.blockHash).toBe(last.payload.blockHash)
      expect(rig.el.at(last.payload.blockNumber)).toEqual(last)
      await rig.stop()
    }),
    propertyRuns(),
  )
})
