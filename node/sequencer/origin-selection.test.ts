import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { type L1BlockRef, type L2BlockRef, zeroHash } from '../protocol/refs.ts'
import { type OriginSelectionInput, selectOrigin } from './origin-selection.ts'

const hash = (fork: string, number: bigint) => `0x${fork}${number.toString(16).padStart(63, '0')}` as const
/** L1 blocks every 12 s from 0; `fork` names the branch, whose parent is on the same branch. */
const l1 = (number: bigint, fork = 'a', fields: Partial<L1BlockRef> = {}): L1BlockRef => ({
  hash: hash(fork, number),
  number,
  parentHash: hash(fork, number - 1n),
  timestamp: number * 12n,
  ...fields,
})
const head = (timestamp: bigint, origin = l1(10n)): L2BlockRef => ({
  hash: hash('e', timestamp),
  number: timestamp,
  parentHash: zeroHash,
  timestamp,
  l1Origin: { hash: origin.hash, number: origin.number },
  sequenceNumber: 0n,
})
const config = {
  blockTime: 2n,
  maxSequencerDrift: 600n,
  forks: { regolith: 0n, canyon: 0n, delta: 0n },
} as unknown as RollupConfig
const fjord = { ...config, forks: forksActiveFrom('fjord') } as RollupConfig

type Fields = Partial<Omit<OriginSelectionInput, 'view'>> & { view?: Partial<OriginSelectionInput['view']> }
const select = ({ view, ...fields }: Fields) =>
  selectOrigin({
    config,
    head: head(120n),
    l1Confirmations: 0n,
    recover: false,
    view: { l1Head: l1(12n), current: l1(10n), currentKnownByHash: true, next: l1(11n), ...view },
    ...fields,
  })

describe('origin selection: which origin', () => {
  it.each<[string, Fields, bigint, boolean]>([
    ['the block has exactly the time of its origin: stay', { head: head(118n) }, 10n, false],
    ['next is in the future of the block: stay', { head: head(120n) }, 10n, false],
    ['next is one second in the future: stay', { head: head(129n) }, 10n, false],
    ['next has exactly the time of the block: adopt', { head: head(130n) }, 11n, false],
    ['next is in the past of the block: adopt', { head: head(150n) }, 11n, false],
    ['there is no next: stay', { head: head(150n), view: { next: null } }, 10n, false],
    ['next has too few confirmations: stay', { head: head(150n), l1Confirmations: 2n }, 10n, false],
    ['next has just enough confirmations: adopt', { head: head(150n), l1Confirmations: 1n }, 11n, false],
    ['recover mode ignores the pool', { head: head(150n), recover: true }, 11n, true],
    [
      'recover mode waits for confirmations too: stay, empty',
      { head: head(150n), l1Confirmations: 4n, recover: true },
      10n,
      true,
    ],
    [
      'recover mode far behind L1: one origin after the other, empty',
      { head: head(150n), l1Confirmations: 4n, recover: true, view: { l1Head: l1(500n) } },
      11n,
      true,
    ],
    ['recover mode, next still in the future: stay, empty', { recover: true }, 10n, true],
    ['recover mode at the tip of L1: stay, empty', { recover: true, view: { next: null } }, 10n, true],
    [
      'the drift is used up to the second: pool allowed',
      { head: head(718n), view: { next: null } },
      10n,
      false,
    ],
    [
      'next takes over when the drift of current is exceeded',
      { head: head(720n), view: { l1Head: l1(60n) } },
      11n,
      false,
    ],
    ['next is drifted too: empty', { head: head(732n), view: { l1Head: l1(80n) } }, 11n, true],
    [
      'drift exceeded while next is still in the future (L1 stood still): empty on current',
      { head: head(720n), view: { next: l1(11n, 'a', { timestamp: 900n }) } },
      10n,
      true,
    ],
    [
      'Fjord: 1800 s, up to the second',
      { config: fjord, head: head(1918n), view: { next: null } },
      10n,
      false,
    ],
    [
      'Fjord: beyond 600 s nothing changes',
      { config: fjord, head: head(900n), view: { next: null } },
      10n,
      false,
    ],
    [
      'Fjord: the constant is decided by the origin, not by the block',
      {
        config: { ...config, forks: { ...config.forks, ecotone: 0n, fjord: 121n } } as RollupConfig,
        head: head(720n),
        view: { next: l1(11n, 'a', { timestamp: 900n }) },
      },
      10n,
      true,
    ],
  ])('%s', (_name, fields, origin, noTxPool) => {
    expect(select(fields)).toMatchObject({ kind: 'build', origin: { number: origin }, noTxPool })
  })
})

describe('origin selection: wait', () => {
  it.each<[string, Fields, RegExp]>([
    ['drift exceeded and no next', { head: head(720n), view: { next: null } }, /drift of 10:/],
    [
      'drift exceeded and next unconfirmed',
      { head: head(720n), l1Confirmations: 2n },
      /drift of 10:.* not confirmed/,
    ],
    [
      'Fjord: 1800 s exceeded and no next',
      { config: fjord, head: head(1920n), view: { next: null } },
      /drift of 10:/,
    ],
    ['next is not a child of current', { view: { next: l1(11n, 'b') } }, /is not a child of 10:/],
    [
      'own L1 is shorter than the origin but knows it',
      { view: { current: null, currentKnownByHash: true, next: null, l1Head: l1(9n) } },
      /own L1 \(head 9:.* is not at the head's origin 10:/,
    ],
  ])('%s', (_name, fields, reason) => {
    const decision = select(fields)
    expect(decision).toMatchObject({ kind: 'wait' })
    expect(decision.kind === 'wait' && decision.reason).toMatch(reason)
  })
})

describe('origin selection: reset', () => {
  it.each<[string, Fields, RegExp]>([
    [
      "the head's origin was reorged (number → hash)",
      { view: { current: l1(10n, 'b'), next: l1(11n, 'b') } },
      /expected 10:0xa.*own L1 has 10:0xb/,
    ],
    [
      "own L1 does not have the head's origin at all",
      { view: { current: null, currentKnownByHash: false, next: null } },
      /own L1 does not have the L1 origin 10:/,
    ],
    ['the block would be older than its origin', { head: head(100n) }, /older than its L1 origin/],
  ])('%s', (_name, fields, reason) => {
    const decision = select(fields)
    expect(decision).toMatchObject({ kind: 'reset' })
    expect(decision.kind === 'reset' && decision.reason).toMatch(reason)
  })
})

describe('origin selection: first blocks of forks', () => {
  const early = { regolith: 0n, canyon: 0n, delta: 0n }
  it.each<[string, RollupConfig['forks'], boolean]>([
    ['ecotone', { ...early, ecotone: 122n }, true],
    ['fjord', { ...early, ecotone: 0n, fjord: 122n }, true],
    ['granite', { ...forksActiveFrom('fjord'), granite: 122n }, true],
    ['holocene', { ...forksActiveFrom('granite'), holocene: 122n }, true],
    ['isthmus', { ...forksActiveFrom('holocene'), isthmus: 122n }, true],
    ['jovian', { ...forksActiveFrom('isthmus'), jovian: 122n }, true],
    ['jovian, the block after', { ...forksActiveFrom('isthmus'), jovian: 120n }, false],
    ['karst', { ...forksActiveFrom('jovian'), karst: 121n }, true],
    ['karst, the block after', { ...forksActiveFrom('jovian'), karst: 120n }, false],
    ['delta', { regolith: 0n, canyon: 0n, delta: 122n }, false],
    ['canyon', { regolith: 0n, canyon: 122n }, false],
  ])('%s', (_name, forks, noTxPool) => {
    expect(select({ config: { ...config, forks } as RollupConfig, head: head(120n) })).toMatchObject({
      kind: 'build',
      noTxPool,
    })
  })
})
