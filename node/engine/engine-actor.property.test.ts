import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EngineApiError, engineErrorCode } from '../ports/engine-api.ts'
import { formatRef, isZeroRef, sameBlock, zeroHash } from '../protocol/refs.ts'
import type { FollowTarget } from './engine-client.ts'
import { brokenInvariant } from './forkchoice-rules.ts'
import { createEngineRig, type EngineRig } from './testing/engine-rig.ts'
import type { FakeEngineMethod } from './testing/fake-engine.ts'
import { propertyRuns, propertyTimeoutMs } from './testing/property-runs.ts'
import { createSourceWorld, type SourceWorld } from './testing/source-world.ts'
import { attributesOn, childOf, userTransaction } from './testing/test-chain.ts'

const few = fc.integer({ min: 1, max: 4 })
const faulty: FakeEngineMethod[] = [
  'forkchoiceUpdated',
  'newPayload',
  'getPayload',
  'blockByNumber',
  'blockByHash',
  'blockByLabel',
]
const action = fc.oneof(
  fc.record({ do: fc.constant('mine L1' as const), count: few }),
  fc.record({ do: fc.constant('extend' as const), count: few }),
  fc.record({ do: fc.constantFrom('localSafe' as const, 'safe' as const, 'finalized' as const), count: few }),
  fc.record({ do: fc.constant('follow' as const) }),
  fc.record({ do: fc.constant('follow' as const) }),
  fc.record({ do: fc.constant('gossip' as const), back: fc.integer({ min: 0, max: 5 }), count: few }),
  fc.record({ do: fc.constant('gossip orphan' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('gossip invalid' as const) }),
  fc.record({ do: fc.constant('sequence' as const), split: fc.boolean() }),
  fc.record({ do: fc.constant('reorg L1' as const), depth: few }),
  fc.record({ do: fc.constant('fail' as const), method: fc.constantFrom(...faulty), after: fc.boolean() }),
  fc.record({ do: fc.constant('refuse' as const) }),
  fc.record({ do: fc.constant('heal' as const) }),
  fc.record({ do: fc.constant('restart EL' as const), lose: fc.integer({ min: 0, max: 8 }) }),
  fc.record({ do: fc.constant('sync' as const) }),
  fc.record({ do: fc.constant('reset' as const) }),
  fc.record({
    do: fc.constant('lie' as const),
    about: fc.constantFrom('back', 'sideways', 'above' as const),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 250, 1000, 3000) }),
)
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

/** A target that the checks before the engine would have caught, or a source of another mind about finality. */
function lie(world: SourceWorld, rig: EngineRig, about: 'back' | 'sideways' | 'above'): FollowTarget {
  const honest = world.target()
  const finalized = world.chain[world.heads.finalized]!
  if (about === 'back') return { ...honest, finalized: rig.ref(rig.chain.genesis) }
  if (about === 'above')
    return { ...honest, finalized: rig.ref(rig.extend(world.chain[world.heads.localSafe]!, 1)[0]!) }
  if (world.heads.finalized === 0) return honest
  const parent = world.chain[world.heads.finalized - 1]!
  const [other] = rig.extend(parent, 1, rig.l1.at(rig.ref(finalized).l1Origin.number), 'a lie')
  return { ...honest, finalized: rig.ref(other!) }
}

async function perform(rig: EngineRig, world: SourceWorld, step: Action): Promise<void> {
  const { actor, el, clock, l1 } = rig
  // Nothing is awaited: callers come and go while tasks back off.
  const ignore = (promise: Promise<unknown>) => void promise.catch(() => {})
  switch (step.do) {
    case 'mine L1':
      return world.mineL1(step.count)
    case 'extend':
      return world.extend(step.count)
    case 'localSafe':
    case 'safe':
    case 'finalized':
      return world.advance(step.do, step.count)
    case 'follow':
      return ignore(rig.follow(world.target()))
    case 'gossip': {
      const from = Math.max(1, world.chain.length - 1 - step.back)
      for (const block of world.chain.slice(from, from + step.count).toReversed())
        ignore(actor.addUnsafePayload(block))
      return
    }
    case 'gossip orphan': {
      const all = [...world.blocks.values()].slice(1)
      const block = all[step.pick % Math.max(1, all.length)]
      return block === undefined ? undefined : ignore(actor.addUnsafePayload(block))
    }
    case 'gossip invalid': {
      const bad = childOf(rig.chain.config, world.chain.at(-1)!, l1.at(0n), [userTransaction('bad')])
      el.invalidBlocks.add(bad.payload.blockHash)
      return ignore(actor.addUnsafePayload(bad))
    }
    case 'sequence': {
      const { unsafe } = actor.state
      if (!actor.state.initialized) return
      const origin = l1.at(unsafe.l1Origin.number > l1.head.number ? 0n : unsafe.l1Origin.number)
      const job = actor.build(attributesOn(rig.chain.config, unsafe, origin, [userTransaction('own')]))
      ignore(job)
      if (step.split) await clock.settle()
      return ignore(job.then(actor.seal))
    }
    case 'reorg L1':
      return world.reorgL1(step.depth)
    case 'fail': {
      const fail = (method: FakeEngineMethod) => (method === step.method ? new Error('timeout') : null)
      if (step.after) el.loss = fail
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
    case 'restart EL':
      return el.restartAt(BigInt(Math.max(0, Number(el.latest.payload.blockNumber) - step.lose)))
    case 'sync':
      return void el.completeSync()
    case 'reset':
      return ignore(actor.reset('test'))
    case 'lie':
      return ignore(rig.follow(lie(world, rig, step.about)))
    case 'wait':
      return clock.advance(step.ms)
  }
}

/** The invariants of follow-mode.md that the engine is answerable for, over everything it published and sent. */
function checkInvariants(
  rig: EngineRig,
  world: SourceWorld,
  from: { states: number; updates: number },
): void {
  let finalized = from.states === 0 ? rig.states[0]?.finalized : rig.states[from.states - 1]!.finalized
  for (const state of rig.states.slice(from.states)) {
    expect(brokenInvariant(state)).toBeNull()
    if (finalized !== undefined && !isZeroRef(finalized)) {
      const went = `finalized went from ${formatRef(finalized)} to ${formatRef(state.finalized)}`
      expect(state.finalized.number >= finalized.number, went).toBe(true)
      if (state.finalized.number === finalized.number) expect(state.finalized.hash, went).toBe(finalized.hash)
    }
    finalized = state.finalized
    expect(state.safe.number <= world.reportedSafe, `safe ${formatRef(state.safe)} was never reported`).toBe(
      true,
    )
  }
  const numberOf = (hash: string) =>
    world.blocks.get(hash as `0x${string}`)?.payload.blockNumber ??
    (rig.el.numberOf(hash as `0x${string}`) as bigint)
  let told = 0n
  for (const [index, update] of rig.el.forkchoices.entries()) {
    const said = update.finalizedBlockHash === zeroHash ? told : numberOf(update.finalizedBlockHash)
    if (index >= from.updates) expect(said, 'finalized of a forkchoice update').toBeGreaterThanOrEqual(told)
    told = said
  }
  for (const update of rig.el.forkchoices.slice(from.updates)) {
    const head = numberOf(update.headBlockHash)
    const safe = update.safeBlockHash === zeroHash ? 0n : numberOf(update.safeBlockHash)
    const final = update.finalizedBlockHash === zeroHash ? 0n : numberOf(update.finalizedBlockHash)
    expect(safe <= head, 'safe above the head in a forkchoice update').toBe(true)
    if (update.safeBlockHash !== zeroHash)
      expect(final <= safe, 'finalized above safe in a forkchoice update').toBe(true)
  }
}

function hasConverged({ actor, el }: EngineRig, world: SourceWorld): boolean {
  const { unsafe, localSafe, safe, finalized, elSyncing, holding } = actor.state
  const target = world.target()
  return (
    !elSyncing &&
    !holding &&
    sameBlock(localSafe, target.localSafe) &&
    sameBlock(safe, target.safe) &&
    sameBlock(finalized, target.finalized) &&
    el.latest.payload.blockNumber >= unsafe.number &&
    el.at(unsafe.number).payload.blockHash === unsafe.hash &&
    (el.safe ?? safe.hash) === safe.hash &&
    (el.finalized ?? finalized.hash) === finalized.hash
  )
}

/** Errors stop and peers serve: after a few polls the node holds what the source says, and so does its engine. */
async function converge(rig: EngineRig, world: SourceWorld): Promise<void> {
  const { actor, el, l1, clock } = rig
  el.failure = () => null
  el.loss = () => null
  el.syncUpdates = 2
  for (let round = 0; round < 60 && !hasConverged(rig, world); round++) {
    // What the reorg guard does after every L1 head.
    const { number, hash } = actor.state.unsafe.l1Origin
    if (number <= l1.head.number && l1.at(number).hash !== hash)
      void actor.reset('reorg guard').catch(() => {})
    void rig.follow(world.target()).catch(() => {})
    await clock.advance(1000)
  }
}

it.each([
  ['a verifier', false],
  ['a sequencer', true],
])(
  '%s that follows keeps the invariants and converges to its source',
  { timeout: propertyTimeoutMs() },
  async (_name, sequencer) => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 50, size: 'max' }), async (steps) => {
        const rig = createEngineRig({ sequencer, l1Blocks: 4 })
        const world = createSourceWorld(rig)
        await rig.start()
        let from = { states: 0, updates: 0 }
        const check = () => {
          checkInvariants(rig, world, from)
          from = { states: rig.states.length, updates: rig.el.forkchoices.length }
        }
        for (const step of steps) {
          await perform(rig, world, step)
          await rig.clock.settle()
          check()
        }
        await converge(rig, world)
        check()
        const { localSafe, safe, finalized } = world.target()
        expect(rig.actor.state).toMatchObject({
          localSafe,
          safe,
          finalized,
          elSyncing: false,
          holding: false,
        })
        // An engine told of a canonical ancestor keeps the blocks above it.
        const { unsafe } = rig.actor.state
        expect(rig.el.at(unsafe.number).payload.blockHash).toBe(unsafe.hash)
        expect(rig.el.safe ?? safe.hash).toBe(safe.hash)
        expect(rig.el.finalized ?? finalized.hash).toBe(finalized.hash)
        expect(rig.el.at(localSafe.number).payload.blockHash).toBe(localSafe.hash)
        await rig.stop()
        expect(rig.clock.sleeping).toBe(0)
      }),
      propertyRuns(),
    )
  },
)
