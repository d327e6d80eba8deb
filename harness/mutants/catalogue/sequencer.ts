import type { Mutant } from '../mutant.ts'

const origin = 'node/sequencer/origin-selection.test.ts'
const sequencer = 'node/sequencer/sequencer.test.ts'

/** When a block is made, and on which L1 block. */
export const sequencerMutants: readonly Mutant[] = [
  {
    name: 'built-on-an-orphaned-origin',
    rule: 'nothing is built while own L1 has another block at the origin of the head',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/sequencer/origin-selection.ts',
    find: "if (verdict === 'orphaned')",
    replace: "if (verdict === 'orphaned' && head.number < 0n)",
    killers: [
      { file: origin, test: 'origin selection: wait' },
      { scenario: 'FollowL2_ReorgRecovery_UnderLoad' },
    ],
    unseen: 'attributes on such an origin are refused as well, and the reset comes either way',
  },
  {
    name: 'next-origin-of-another-fork',
    rule: 'the next origin is a child of the present one',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/sequencer/origin-selection.ts',
    find: 'if (view.next !== null && view.next.parentHash !== current.hash)',
    replace: 'if (view.next !== null && view.next.number < 0n)',
    at: 'reason: `L1 is changing',
    killers: [{ file: origin, test: 'origin selection: wait' }],
    unseen: 'attributes on such an origin are refused as well, and planned anew',
  },
  {
    name: 'unconfirmed-origin',
    rule: 'an origin is adopted with enough L1 blocks on top of it',
    source: 'op-node, --sequencer.l1-confs',
    file: 'node/sequencer/origin-selection.ts',
    find: 'view.next.number + l1Confirmations <= l1Head.number',
    replace: 'view.next.number <= l1Head.number',
    killers: [{ file: sequencer, test: 'cadence > waits for confirmations of an L1 origin' }],
  },
  {
    name: 'users-on-a-drifted-origin',
    rule: 'on an origin beyond the drift the block is left empty',
    source: 'specs/protocol/derivation.md, "Batch Queue", max_sequencer_drift',
    file: 'node/sequencer/origin-selection.ts',
    find: 'noTxPool: recover || drifts(origin) ||',
    replace: 'noTxPool: recover ||',
    killers: [{ file: origin, test: 'origin selection: which origin' }],
  },
  {
    name: 'recover-mode-ignored',
    rule: 'recover mode makes blocks of deposits alone',
    source: 'op-node, --sequencer.recover',
    file: 'node/sequencer/origin-selection.ts',
    find: 'noTxPool: recover || drifts(origin) ||',
    replace: 'noTxPool: drifts(origin) ||',
    killers: [
      {
        file: sequencer,
        test: 'cadence > recover mode: deposits alone from the first block on, until it is ended',
      },
    ],
    unseen: 'nobody asks for recover mode there',
  },
  {
    name: 'stop-forgotten-by-the-plan',
    rule: 'a plan from before a stop is void, also once it was started again',
    source: 'issue 8, C10; op-node v1.19.3',
    file: 'node/sequencer/block-production.ts',
    find: "if (options.stops() !== plan.stops) throw new PlanOvertakenError('stopped, and started again')",
    replace: '',
    killers: [{ file: sequencer, test: 'a stop' }],
    unseen: 'the block of the old plan is the one that a new plan makes',
  },
  {
    name: 'stop-after-what-is-armed',
    rule: 'a stop that was answered is one: what was planned before it makes no block any more',
    source: 'optimism#21690',
    file: 'node/sequencer/sequencer.ts',
    find: 'active = false\n    stops += 1\n    wakeup.ring()\n    halted = working?.catch(() => {}) ?? halted',
    replace:
      'void Promise.resolve(working?.catch(() => {})).then(() => {\n      active = false\n      stops += 1\n      wakeup.ring()\n    })',
    killers: [{ file: sequencer, test: 'a stop' }],
  },
  {
    name: 'origin-orphaned-while-building',
    rule: 'a block under way is abandoned when own L1 orphans one of its origins',
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/sequencer/block-production.ts',
    find: 'if (plan.orphaned !== null) throw new PlanOvertakenError(plan.orphaned)',
    replace: '',
    killers: [
      {
        file: sequencer,
        test: 'L1 reorgs > of the next origin while it is being built on: the block is abandoned and planned anew',
      },
    ],
    unseen: 'the block is reset away a moment later with the head that it stands on',
  },
  {
    name: 'goal-of-a-hold-that-is-over',
    rule: 'a chain that is adopted when the time of a hold is up is held for anew: blocks were built since',
    source: 'follow-mode.md, "Sequencer that follows"; campaign, seed 860213',
    file: 'node/sequencer/follow-hold.ts',
    find: 'heldForMs(before, nowMs) > 0 ? before',
    replace: 'heldForMs(before, nowMs) >= 0 ? before',
    killers: [{ file: 'node/sequencer/follow-hold.test.ts', test: 'hold of a sequencer that follows' }],
  },
  {
    name: 'hold-ends-before-the-source-has-caught-up',
    rule: 'a sequencer holds until the source has derived L1 up to where the divergence was seen',
    source: 'optimism#21964',
    file: 'node/sequencer/follow-hold.ts',
    find: "if (followCase === 'consolidated' && currentL1 >= hold.untilL1) return { kind: 'free' }",
    replace: "if (followCase === 'consolidated') return { kind: 'free' }",
    killers: [
      { file: 'node/sequencer/follow-hold.test.ts', test: 'hold of a sequencer that follows' },
      {
        file: sequencer,
        test: 'a sequencer that follows > adopts another chain, holds while the source catches up, then resumes without oscillation',
      },
    ],
  },
  {
    name: 'safe-lag-unlimited',
    rule: 'a sequencer stops while safe is too far behind',
    source: 'op-node, --sequencer.max-safe-lag',
    file: 'node/sequencer/pause-reason.ts',
    find: 'if (maxSafeLag > 0n && state.unsafe.number >= state.safe.number + maxSafeLag)',
    replace: 'if (maxSafeLag < 0n && state.unsafe.number >= state.safe.number + maxSafeLag)',
    killers: [{ file: sequencer, test: 'cadence > stops building while safe is too far behind' }],
    unseen: 'no node of a topology is given a limit',
  },
  {
    name: 'head-of-a-lost-answer-not-published',
    rule: 'a sealed block that became the head with a reset is published before the next stands on it',
    source:
      'op-node, sequencing.OnBuildSealed: peers get a block before the engine is asked to take it; campaign, seed 760105',
    file: 'node/sequencer/block-production.ts',
    find: 'sealed = inserted\n      })',
    replace: 'sealed = inserted\n      }).finally(() => {\n        sealed = null\n      })',
    killers: [{ file: sequencer, test: 'things go wrong > the answer about the head is lost' }],
  },
  {
    name: 'adoption-cut-by-a-reset-forgotten',
    rule: 'a sequencer whose adoption a reset cut waits for its source before it builds',
    source: 'follow-mode.md, "Sequencer that follows"; campaign, seed 790555',
    file: 'node/sequencer/sequencer.ts',
    find: 'if (cutsAdoption && heldForMs',
    replace: "if (cutsAdoption && hold.kind === 'held' && heldForMs",
    killers: [
      {
        file: sequencer,
        test: 'a sequencer that follows > waits for the next word when a reset cut an adoption',
      },
    ],
  },
  {
    name: 'origin-of-the-future',
    rule: 'an origin is adopted when the block is no older than it',
    source: 'specs/protocol/derivation.md, "Batch Queue"',
    file: 'node/sequencer/origin-selection.ts',
    find: 'confirmed !== null && confirmed.timestamp <= timestamp ? confirmed : current',
    replace: 'confirmed ?? current',
    killers: [
      { file: origin, test: 'origin selection: which origin > next is in the future of the block: stay' },
    ],
  },
  {
    name: 'origin-kept',
    rule: 'an origin is adopted as soon as it may be',
    source: 'specs/protocol/derivation.md, "Sequencing Window"',
    file: 'node/sequencer/origin-selection.ts',
    find: 'confirmed !== null && confirmed.timestamp <= timestamp ? confirmed : current',
    replace: 'confirmed !== null && confirmed.timestamp < 0n ? confirmed : current',
    killers: [
      {
        file: origin,
        test: 'origin selection: which origin > next has exactly the time of the block: adopt',
      },
    ],
  },
  {
    name: 'built-beyond-the-drift',
    rule: 'beyond the drift nothing is built while the next L1 block is not there',
    source: 'fjord/derivation.md, "Constant Maximum Sequencer Drift"',
    file: 'node/sequencer/origin-selection.ts',
    find: 'if (origin === current && confirmed === null && drifts(current))',
    replace: 'if (origin === current && confirmed === null && drifts(current) && timestamp < 0n)',
    at: 'reason: `the sequencer drift of',
    killers: [{ file: origin, test: 'origin selection: wait > drift exceeded and no next' }],
  },
  {
    name: 'built-before-the-first-word',
    rule: "a sequencer that starts builds nothing before its source's first word",
    source: 'follow-mode.md, "Sequencer that follows"',
    file: 'node/sequencer/sequencer.ts',
    find: 'if (options.follows) hold = startingHold(clock.nowMs())',
    replace: '',
    killers: [
      { file: sequencer, test: "a sequencer that follows > waits at the start for its source's first word" },
    ],
  },
  {
    name: 'blocks-ahead-of-time',
    rule: 'a block is there at its slot, not before',
    source: 'op-node, sequencing.Sequencer',
    file: 'node/sequencer/slot-timing.ts',
    find: 'const slotMs = Number(timestamp) * 1000',
    replace: 'const slotMs = Number(timestamp - 3n * blockTime) * 1000',
    killers: [
      {
        file: sequencer,
        test: 'cadence > builds a quarter of a block time before the slot and is there at the slot',
      },
    ],
  },
]
