import { describe, expect, it } from 'vitest'
import type { ConsolidateOutcome } from '../engine/engine-client.ts'
import { CriticalDerivationError } from './pipeline/critical-derivation-error.ts'
import type { PipelineStep } from './pipeline/pipeline.ts'
import { l2Block } from './testing/fake-engine-client.ts'
import { startLocalDerivation } from './testing/local-rig.ts'

type Rig = Awaited<ReturnType<typeof startLocalDerivation>>

/** A rig in one of the states, and what lets go of what it is held up by. */
interface Held {
  readonly t: Rig
  release(): Promise<void>
  fail(error: Error): Promise<void>
}

async function hold(t: Rig, gate: keyof Rig['gates'], enter: () => Promise<unknown>): Promise<Held> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {})
  t.gates[gate] = promise
  await enter()
  expect(t.trace.at(-1)).toBe(gate)
  delete t.gates[gate]
  t.trace.length = 0
  return {
    t,
    async release() {
      resolve()
      await t.clock.settle()
    },
    async fail(error) {
      reject(error)
      await t.clock.settle()
    },
  }
}

const notHeld = (t: Rig): Held => {
  t.trace.length = 0
  return { t, release: async () => {}, fail: async () => {} }
}
const derived = (t: Rig) => t.attributes(t.engine.state.pendingSafe, t.l1.at(2n))

/** Each brings a new rig into its state. */
const states = {
  /** The execution engine's heads are not known. */
  uninitialized: async () => notHeld(await startLocalDerivation({ initialized: false })),
  /** All of L1 is read. */
  idle: async () => {
    const t = await startLocalDerivation()
    // Read one block, so that there is one that L1 can replace.
    t.script.push({ kind: 'advanced', origin: t.l1.at(5n) })
    await t.newHead()
    return notHeld(t)
  },
  /** One set of attributes is with the engine. */
  inFlight: async () => {
    const t = await startLocalDerivation()
    t.script.push(derived(t))
    return hold(t, 'consolidate', () => t.newHead())
  },
  /** The pipeline cannot go on; the engine was asked for a reset. */
  awaitingEngineReset: async () => {
    const t = await startLocalDerivation()
    t.script.push({ kind: 'reset', reason: 'l1-origin-mismatch' })
    return hold(t, 'engine reset', () => t.newHead())
  },
  /** The pipeline looks for the place to start over. */
  resettingPipeline: async () => {
    const t = await startLocalDerivation()
    // The first reset came at the start; the second waits a little before it begins.
    return hold(t, 'pipeline reset', async () => {
      await t.engineReset()
      await t.clock.advance(5_000)
    })
  },
  /** The pipeline makes a step. */
  stepping: async () => {
    const t = await startLocalDerivation()
    return hold(t, 'step', () => t.newHead())
  },
}

const answers = (outcome: ConsolidateOutcome) => async (held: Held) => {
  held.t.engine.onConsolidate = async () => outcome
  await held.release()
}
const block = l2Block({ number: 0n, hash: `0x${'00'.repeat(32)}` }, 1n, {
  number: 1n,
  hash: `0x${'01'.repeat(32)}`,
})
const gives = (step: PipelineStep | Error) => async (held: Held) => {
  held.t.script.push(step)
  await held.release()
}
const newHead = (held: Held) => held.t.newHead()
const finality = (held: Held) => held.t.finalize(3n)
const orphaned = async ({ t }: Held) => {
  const orphan = t.l1.at(5n)
  t.l1.reorg(5n, 16)
  await t.reorged(orphan)
}
const engineReset = async (held: Held) => {
  await held.t.engineReset()
  await held.t.clock.settle()
}

interface Row {
  readonly in: keyof typeof states
  readonly when: string
  readonly does: (held: Held) => Promise<unknown>
  /** What derivation asks for then. */
  readonly asks: readonly string[]
  /** What it asks for once pauses are over. */
  readonly later?: readonly string[]
}

const startsOver = ['pipeline reset', 'step']

/**
 * What may happen in each state, and what derivation does about it; anything else cannot happen, because each of these
 * waits for an answer. Source: specs/protocol/derivation.md, "Engine Queue" and "Resetting the Pipeline";
 * holocene/derivation.md, "Engine Queue".
 */
const rows: readonly Row[] = [
  { in: 'uninitialized', when: 'L1 grows', does: newHead, asks: [] },
  { in: 'uninitialized', when: 'L1 finalizes', does: finality, asks: [] },
  {
    in: 'uninitialized',
    when: 'the heads are known, while the reset that reads them goes on',
    does: async ({ t }) => {
      t.engine.update({ initialized: true })
      await t.clock.settle()
    },
    asks: [],
  },
  {
    in: 'uninitialized',
    when: 'the heads are known, and the reset that reads them ends',
    does: async ({ t }) => {
      t.engine.update({ initialized: true })
      await t.clock.settle()
      await t.engineReset()
      await t.clock.settle()
    },
    asks: startsOver,
  },

  { in: 'idle', when: 'L1 grows', does: newHead, asks: ['step'] },
  { in: 'idle', when: 'L1 finalizes', does: finality, asks: ['step'] },
  {
    in: 'idle',
    when: 'the unsafe head moves',
    does: async ({ t }) => {
      t.engine.update({ unsafe: block })
      await t.clock.settle()
    },
    asks: [],
  },
  { in: 'idle', when: 'the engine is reset', does: engineReset, asks: startsOver },
  {
    in: 'idle',
    when: 'L1 orphans the block that was read: the engine is reset by another',
    does: orphaned,
    asks: [],
    later: [],
  },
  {
    in: 'idle',
    when: 'L1 orphaned the block that was read, and the engine is reset',
    does: async (held) => {
      await orphaned(held)
      await engineReset(held)
    },
    asks: startsOver,
  },
  {
    in: 'idle',
    when: 'the block that was read is canonical again: only the pipeline starts over',
    does: ({ t }) => t.reorged(t.l1.at(5n)),
    asks: startsOver,
  },
  {
    in: 'idle',
    when: 'L1 replaces another block',
    does: ({ t }) => t.reorged(t.l1.at(6n)),
    asks: ['step'],
  },

  { in: 'inFlight', when: 'L1 grows', does: newHead, asks: [] },
  { in: 'inFlight', when: 'L1 finalizes', does: finality, asks: [] },
  {
    in: 'inFlight',
    when: 'it was consolidated',
    does: answers({ kind: 'consolidated', block }),
    asks: ['step'],
  },
  { in: 'inFlight', when: 'it was built', does: answers({ kind: 'built', block }), asks: ['step'] },
  {
    in: 'inFlight',
    when: 'its deposits took its place',
    does: answers({ kind: 'deposits-only', block }),
    asks: ['flush', 'step'],
  },
  {
    in: 'inFlight',
    when: 'its batch is dropped',
    does: answers({ kind: 'dropped', reason: 'invalid' }),
    asks: ['step'],
  },
  { in: 'inFlight', when: 'it was stale', does: answers({ kind: 'stale' }), asks: ['step'] },
  {
    in: 'inFlight',
    when: 'the engine is reset',
    does: async (held) => {
      await engineReset(held)
      await answers({ kind: 'reset' })(held)
    },
    asks: startsOver,
  },
  {
    in: 'inFlight',
    when: 'the engine cannot be asked: it is kept',
    does: ({ fail }) => fail(new Error('connection refused')),
    asks: [],
    later: ['consolidate', 'step'],
  },
  {
    in: 'inFlight',
    when: 'the engine is reset before it is tried again: it is void',
    does: async (held) => {
      await held.fail(new Error('connection refused'))
      await engineReset(held)
    },
    asks: [],
    later: startsOver,
  },

  { in: 'awaitingEngineReset', when: 'L1 grows', does: newHead, asks: [] },
  { in: 'awaitingEngineReset', when: 'L1 finalizes', does: finality, asks: [] },
  {
    in: 'awaitingEngineReset',
    when: 'the engine is reset',
    does: ({ release }) => release(),
    asks: startsOver,
  },
  {
    in: 'awaitingEngineReset',
    when: 'the reset fails: the pipeline asks again',
    does: async (held) => {
      held.t.script.push({ kind: 'reset', reason: 'l1-origin-mismatch' })
      await held.fail(new Error('connection refused'))
    },
    asks: [],
    later: ['step', 'engine reset', ...startsOver],
  },

  { in: 'resettingPipeline', when: 'L1 grows', does: newHead, asks: [] },
  {
    in: 'resettingPipeline',
    when: 'it has a place',
    does: ({ release }) => release(),
    asks: [],
    later: ['step'],
  },
  {
    in: 'resettingPipeline',
    when: 'the engine is reset: the place is no good',
    does: async (held) => {
      await engineReset(held)
      await held.release()
    },
    asks: [],
    later: startsOver,
  },
  {
    in: 'resettingPipeline',
    when: 'L1 cannot be asked',
    does: ({ fail }) => fail(new Error('connection refused')),
    asks: [],
    later: startsOver,
  },

  { in: 'stepping', when: 'L1 grows: not lost', does: newHead, asks: [], later: [] },
  {
    in: 'stepping',
    when: 'L1 grew, and the step found nothing',
    does: async (held) => {
      await newHead(held)
      await held.release()
    },
    asks: ['step'],
  },
  {
    in: 'stepping',
    when: 'there are attributes',
    does: (held) => gives(derived(held.t))(held),
    asks: ['consolidate', 'step'],
  },
  {
    in: 'stepping',
    when: 'it moved on in L1',
    does: (held) => gives({ kind: 'advanced', origin: held.t.l1.at(6n) })(held),
    asks: ['step'],
  },
  { in: 'stepping', when: 'something was consumed', does: gives({ kind: 'progress' }), asks: ['step'] },
  { in: 'stepping', when: 'all of L1 is read', does: gives({ kind: 'idle' }), asks: [] },
  {
    in: 'stepping',
    when: 'the pipeline cannot go on',
    does: gives({ kind: 'reset', reason: 'epoch-mismatch' }),
    asks: ['engine reset', ...startsOver],
  },
  {
    in: 'stepping',
    when: 'the pipeline met another fork, and own L1 is on the one that it reads: it starts over',
    does: gives({ kind: 'reset', reason: 'l1-reorg' }),
    asks: startsOver,
  },
  {
    in: 'stepping',
    when: 'the pipeline met another fork, and own L1 is on that: the engine is reset by another',
    does: async (held) => {
      held.t.l1.reorg(1n, 20)
      await gives({ kind: 'reset', reason: 'l1-reorg' })(held)
    },
    asks: [],
    later: [],
  },
  {
    in: 'stepping',
    when: 'L1 orphans what is read: what the step found is void',
    does: async (held) => {
      const attributes = derived(held.t)
      const orphan = held.t.l1.at(1n)
      held.t.l1.reorg(1n, 20)
      await held.t.reorged(orphan)
      await gives(attributes)(held)
    },
    asks: [],
    later: [],
  },
  {
    in: 'stepping',
    when: 'the engine is reset: the attributes are void',
    does: async (held) => {
      const attributes = derived(held.t)
      await engineReset(held)
      await gives(attributes)(held)
    },
    asks: startsOver,
  },
  {
    in: 'stepping',
    when: 'L1 cannot be asked',
    does: gives(new Error('connection refused')),
    asks: [],
    later: ['step'],
  },
  {
    in: 'stepping',
    when: 'L1 broke the rules of the protocol: it ends',
    does: gives(new CriticalDerivationError('a deposit log is malformed')),
    asks: [],
    later: [],
  },
]

/** What happened while it worked may cost it one more look: repeats count once. */
const collapsed = (trace: readonly string[]) => trace.filter((name, index) => name !== trace[index - 1])

describe('derivation, state by state', () => {
  it.each(rows)('$in, $when', async ({ in: state, does, asks, later }) => {
    const held = await states[state]()
    const { t } = held
    await does(held)
    expect(collapsed(t.trace)).toEqual(asks)
    if (later === undefined) return
    t.trace.length = 0
    await t.clock.advance(10_000)
    expect(collapsed(t.trace)).toEqual(later)
  })
})
