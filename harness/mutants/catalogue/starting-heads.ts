import type { Mutant } from '../mutant.ts'

/** With which heads a node begins, after a start or a reset. */
export const startingHeadsMutants: readonly Mutant[] = [
  {
    name: 'restart-from-finalized',
    rule: 'a restart keeps the heads of the engine where nothing was reorged',
    source: 'follow-mode.md, "A restart keeps the EL\'s heads"; optimism#20294',
    file: 'node/engine/sync-start.ts',
    find: 'const start = lower(plausible, derived.block)',
    replace:
      'const start = (sources.provenSafe ?? null) === null ? finalized : lower(plausible, derived.block)',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'takes the heads of the engine as they are when nothing was reorged, with one L1 call',
      },
    ],
  },
  {
    name: 'restart-proves-nothing',
    rule: 'a safe block that a start keeps and that is on no record is derived again',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"; fuzz seed 500029',
    file: 'node/engine/tasks/reset.ts',
    find: 'keepsOurs ? (context.provenSafe ?? heads.localSafe) : start.proven',
    replace: 'heads.localSafe',
    at: '{ proven: formatRef(context.provenSafe) }',
    killers: [
      {
        file: 'node/engine/tasks/consolidate.test.ts',
        test: 'are derived again from finalized on: no head moves, the engine hears nothing, and they go on record',
      },
      {
        file: 'harness/world/sim/nodes/restart.test.ts',
        test: 'takes back what only the batches of orphaned L1 blocks gave, although no origin was reorged',
      },
    ],
  },
  {
    name: 'unproven-window-ignored',
    rule: 'without a record only what lies a sequencing window back is proven',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"',
    file: 'node/engine/surviving-safe.ts',
    find: 'if (!reorged && newest !== null) return',
    replace: 'if (!reorged) return',
    at: '{ block: safe, proven, isRecorded: true }',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'keeps a safe block that is on no record, and proves %s',
      },
    ],
  },
  {
    name: 'window-from-an-unsafe-head',
    rule: 'what lies a sequencing window back is counted from what was safe: an unsafe head that nobody derived proves nothing',
    source: 'campaign, seed 1063636; specs/protocol/derivation.md, "Finding the sync starting point"',
    file: 'node/engine/surviving-safe.ts',
    find: 'plausible.number <= safeNumber ? plausible : await refAt(safeNumber)',
    replace: 'plausible',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'keeps a safe block that is on no record, and proves %s',
      },
    ],
  },
  {
    name: 'unproven-safe-outlives-a-reset',
    rule: 'a reset keeps of unproven safe blocks only what has been derived again',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"; fuzz seed 500029',
    file: 'node/engine/tasks/reset.ts',
    find: 'provenSafe: keepsUnproven ? null : context.provenSafe,',
    replace: 'provenSafe: null,',
    at: '{ proven: formatRef(context.provenSafe) }',
    killers: [
      {
        file: 'node/engine/tasks/consolidate.test.ts',
        test: 'are taken back by any reset before they are proven, as far as the last span that ended',
      },
    ],
  },
  {
    name: 'operators-reset-takes-safe-back',
    rule: 'a reset that an operator asks for says nothing against safe blocks that a start kept',
    source: 'follow-mode.md, "A restart keeps the EL\'s heads"; campaign, seed 782256',
    file: 'node/derivation/local.ts',
    find: "keepsUnproven: cause === 'admin'",
    replace: 'keepsUnproven: false',
    killers: [
      {
        file: 'node/derivation/local.test.ts',
        test: 'local derivation > restarts after every other reset of the engine',
      },
    ],
  },
  {
    name: 'unproven-safe-is-not-taken-back',
    rule: 'a safe block that a start kept is taken back when L1 up to after the start does not give it',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"; fuzz seed 500029',
    file: 'node/derivation/local.ts',
    find: 'isProving(engine.state) &&\n    read.number > placedAt.l1Number &&',
    replace: 'false &&',
    at: 'Number(read.timestamp) * 1_000 > placedAt.timeMs',
    killers: [
      {
        file: 'node/derivation/local.test.ts',
        test: 'are taken back when L1 of after the start is read and they did not come',
      },
    ],
  },
  {
    name: 'lag-disproves-safe',
    rule: 'an own L1 that lags at the start disproves no safe block: it may have come from a later L1 block',
    source: 'follow-mode.md, "A restart keeps the EL\'s heads"',
    file: 'node/derivation/local.ts',
    find: 'Number(read.timestamp) * 1_000 > placedAt.timeMs',
    replace: 'read.number > 0n',
    killers: [
      {
        file: 'node/derivation/local.test.ts',
        test: 'are taken back when L1 of after the start is read and they did not come',
      },
    ],
  },
  {
    name: 'reset-forgets-own-finalized',
    rule: 'an engine that lost finalized blocks is asked to sync to our head',
    source: 'follow-mode.md, step 7',
    file: 'node/engine/tasks/reset.ts',
    find: 'const keepsOurs = !start.hasFinalized && context.elSync',
    replace: 'const keepsOurs = start.hasFinalized && before.unsafe.number < 0n',
    at: 'context.elSync\n  if (!start.hasFinalized)',
    killers: [
      {
        file: 'node/engine/tasks/reset.test.ts',
        test: 'el-sync: keeps our head as the target, finalized stays, and converges when peers have the blocks',
      },
    ],
  },
  {
    name: 'head-beside-finalized-kept',
    rule: 'what an engine synced to beside its finalized block is no head',
    source: 'follow-mode.md, invariants ("finalized never goes back"); campaign, seed 870689',
    file: 'node/engine/starting-chain.ts',
    find: 'besideSafe ?? besideFinal ?? {',
    replace: 'besideSafe ?? {',
    at: '? await chainDown(engine, finalized, finalized)',
    unseen:
      'an engine that went beside what is final has a safe label there that says where to start; only one whose head is lower than its safe block has none, and no target is lower than that',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'starts on finalized, %s, when the engine synced to a fork beside it',
      },
    ],
  },
  {
    name: 'head-beside-safe-kept',
    rule: 'what an engine synced to beside its safe block is no head',
    source: 'follow-mode.md, "A restart keeps the EL\'s heads"; campaign, seed 870689',
    file: 'node/engine/starting-chain.ts',
    find: "safePlace === 'beside' ? await chainDown(engine, known.safe, finalized) : null",
    replace: 'null',
    at: '? await chainDown(engine, known.safe, finalized)',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'starts on a safe label that is not in the chain of the head',
      },
      {
        file: 'node/engine/tasks/insert.test.ts',
        test: 'an engine that was brought to a fork %s',
      },
    ],
  },
  {
    name: 'head-left-for-a-label-of-before',
    rule: 'a safe label that was left with an adoption takes no head back',
    source: 'follow-mode.md, "A restart keeps the EL\'s heads"; campaign, seed 1100244~1100479~1101282',
    file: 'node/engine/starting-chain.ts',
    find: 'if (isLeft) return',
    replace: 'if (false) return',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'keeps the head when that is of our safe chain, and the safe label of one that we left',
      },
      {
        file: 'node/engine/tasks/follow-adoption.test.ts',
        test: 'a sync brought it, and the update with the labels was refused: the head is not left for the old safe label',
      },
    ],
  },
  {
    name: 'walk-stops-at-what-is-ahead',
    rule: 'an origin ahead of own L1 proves nothing: the walk looks for orphans below it',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"',
    file: 'node/engine/sync-start.ts',
    find: "if (origin === 'canonical') return plausible",
    replace: "if (origin !== 'orphaned') return plausible",
    at: 'cursor = await highestNotAhead(',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'does not stop at an origin that is not there yet when one below it was reorged',
      },
    ],
  },
  {
    name: 'safe-survives-its-l1-block',
    rule: 'safe is walked back when the L1 block that it stands on was reorged',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"',
    file: 'node/engine/sync-start.ts',
    find: 'const start = lower(plausible, derived.block)',
    replace: 'const start = safe',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'walks safe back with unsafe when its own origin was reorged',
      },
    ],
  },
  {
    name: 'denied-block-takes-labels-back',
    rule: 'an engine that denies a block below its head takes no label back',
    source: 'follow-mode.md, invariants ("finalized never goes back"); campaign, seed 770230',
    file: 'node/engine/starting-chain.ts',
    find: 'if (found === null)',
    replace: "if (found === null) return 'nowhere'\n  if (found === null)",
    at: 'although its head is',
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'takes no label back for a block that the engine denies although its head is above it',
      },
      {
        file: 'node/engine/tasks/reset.test.ts',
        test: 'an engine that denies a finalized block for a moment takes back neither it nor safe',
      },
    ],
  },
  {
    name: 'forgets-what-l1-replaced',
    rule: 'an L1 block that was seen to be replaced is an orphan, also where L1 has none at its number now',
    source: 'specs/protocol/derivation.md, "Finding the sync starting point"; fuzz seed 81260007',
    file: 'node/engine/sync-start.ts',
    find: "verdict === 'ahead' && sources.isOrphan?.(block) ? 'orphaned' : verdict",
    replace: 'verdict',
    at: "'orphaned' : verdict\n",
    killers: [
      {
        file: 'node/engine/sync-start.test.ts',
        test: 'where only the L1 block of the batch is not there: %s',
      },
      { file: 'node/engine/sync-start.test.ts', test: 'findStartingHeads on an L1 that lags > %s' },
    ],
  },
  {
    name: 'record-of-an-orphan',
    rule: 'the record of safe heads says of none that it came from an L1 block that was replaced',
    source: 'op-node, optimism_safeHeadAtL1Block; fuzz seed 81260007',
    file: 'node/safe-heads/safe-heads.ts',
    find: 'if (!isRecorded) return endBefore(l1.number)',
    replace: '',
    unseen:
      'a block that stays by its sequencing window was derived before that ended, from blocks below a head that L1 has; to be on record with an orphan all the same, a payload must have been taken above that orphan, which is refused',
    killers: [
      {
        file: 'node/safe-heads/safe-heads.test.ts',
        test: 'a reset to what L1 no longer vouches for ends before its entry',
      },
    ],
  },
]
