import type { Hash, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { ForkName } from '../config/forks.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import type { ExecutionPayload, PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { expectRuleOrder } from '../testing/rule-order.ts'
import { type AttributesMismatch, findAttributesMismatch } from './attribute-match.ts'
import { attributesOn, buildPayload, createTestChain, userTransaction } from './testing/test-chain.ts'

type Field = AttributesMismatch['field']
interface Change {
  readonly attributes?: Partial<Record<keyof PayloadAttributes, unknown>>
  readonly payload?: Partial<Record<keyof ExecutionPayload, unknown>>
  readonly parentHash?: Hash
  readonly parentBeaconBlockRoot?: Hash | undefined
}

const other: Hash = `0x${'0f'.repeat(32)}`
const withdrawal = { index: 0n, validatorIndex: 0n, address: `0x${'00'.repeat(20)}`, amount: 0n }
const eip1559 = (denominator: number, elasticity: number): Hex =>
  `0x${denominator.toString(16).padStart(8, '0')}${elasticity.toString(16).padStart(8, '0')}`
const holocene = (denominator: number, elasticity: number, version = '00'): Hex =>
  `0x${version}${eip1559(denominator, elasticity).slice(2)}`
const jovian = (denominator: number, elasticity: number, minBaseFee: number, version = '01'): Hex =>
  `${holocene(denominator, elasticity, version)}${minBaseFee.toString(16).padStart(16, '0')}`

/** A block built from attributes, then one side changed: what differs first? */
function mismatchAfter(fork: ForkName, change: Change): AttributesMismatch | null {
  const l1 = createFakeL1()
  const { config, genesis } = createTestChain(l1.at(0n), { lastFork: fork })
  const parent = l2BlockRefFromPayload(config, genesis.payload)
  const derived = attributesOn(config, parent, l1.at(0n), [userTransaction('x')])
  const block = buildPayload(config, genesis.payload, derived.attributes)
  const clean = <T extends object>(value: T) =>
    Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as unknown as T
  return findAttributesMismatch(
    config,
    {
      parent: { ...parent, hash: change.parentHash ?? parent.hash },
      attributes: clean({ ...derived.attributes, ...change.attributes } as PayloadAttributes),
    },
    clean({
      ...block,
      payload: clean({ ...block.payload, ...change.payload } as ExecutionPayload),
      ...('parentBeaconBlockRoot' in change ? { parentBeaconBlockRoot: change.parentBeaconBlockRoot } : {}),
    } as PayloadEnvelope),
  )
}

describe('findAttributesMismatch', () => {
  it.each<ForkName>([
    'regolith',
    'canyon',
    'delta',
    'ecotone',
    'fjord',
    'granite',
    'holocene',
    'isthmus',
    'jovian',
  ])('matches the block that the attributes build: %s', (fork) => {
    expect(mismatchAfter(fork, {})).toBeNull()
  })

  it.each<[string, ForkName, Change, Field | null, RegExp?]>([
    // Bedrock to Ecotone: specs/protocol/derivation.md, "L1-consolidation: payload attributes matching"
    ['parent', 'regolith', { parentHash: other }, 'parentHash'],
    ['timestamp', 'regolith', { payload: { timestamp: 99n } }, 'timestamp', /derived 1, block has 99/],
    ['randao', 'regolith', { payload: { prevRandao: other } }, 'prevRandao'],
    ['fee recipient', 'regolith', { payload: { feeRecipient: `0x${'11'.repeat(20)}` } }, 'feeRecipient'],
    ['a letter case', 'regolith', { attributes: { suggestedFeeRecipient: `0x${'FE'.repeat(20)}` } }, null],
    [
      'one transaction less',
      'regolith',
      { attributes: { transactions: [] } },
      'transactions',
      /derived 0, block has 2/,
    ],
    [
      'another transaction',
      'regolith',
      { payload: { transactions: ['0x7e', '0x02'] } },
      'transactions',
      /transaction 0 of 2/,
    ],
    ['gas limit', 'regolith', { payload: { gasLimit: 1n } }, 'gasLimit'],
    ['no gas limit derived', 'regolith', { attributes: { gasLimit: undefined } }, 'gasLimit'],
    // Withdrawals: presence, then content
    ['a list derived before Canyon', 'regolith', { attributes: { withdrawals: [] } }, 'withdrawals'],
    ['a list in the block before Canyon', 'regolith', { payload: { withdrawals: [] } }, 'withdrawals'],
    ['no list derived', 'canyon', { attributes: { withdrawals: undefined } }, 'withdrawals'],
    ['no list in the block', 'canyon', { payload: { withdrawals: undefined } }, 'withdrawals'],
    ['a withdrawal derived', 'canyon', { attributes: { withdrawals: [withdrawal] } }, 'withdrawals'],
    ['a withdrawal in the block', 'canyon', { payload: { withdrawals: [withdrawal] } }, 'withdrawals'],
    ['a root that is not of an empty list', 'canyon', { payload: { withdrawalsRoot: other } }, 'withdrawals'],
    ['no storage root', 'isthmus', { payload: { withdrawalsRoot: undefined } }, 'withdrawals'],
    ['any storage root', 'isthmus', { payload: { withdrawalsRoot: other } }, null],
    // Ecotone
    ['beacon root', 'ecotone', { parentBeaconBlockRoot: other }, 'parentBeaconBlockRoot'],
    ['no beacon root', 'ecotone', { parentBeaconBlockRoot: undefined }, 'parentBeaconBlockRoot'],
    // Holocene: holocene/exec-engine.md, "EIP-1559 Parameters in Block Header"
    ['extraData is free before Holocene', 'granite', { payload: { extraData: other } }, null],
    ['no parameters derived', 'holocene', { attributes: { eip1559Params: undefined } }, 'eip1559Params'],
    [
      '7 bytes derived',
      'holocene',
      { attributes: { eip1559Params: `0x${'01'.repeat(7)}` } },
      'eip1559Params',
      /expected 8/,
    ],
    ['zeros mean the chain constants', 'holocene', { payload: { extraData: holocene(250, 6) } }, null],
    [
      'zeros do not match zeros',
      'holocene',
      { payload: { extraData: holocene(0, 6) } },
      'eip1559Params',
      /denominator/,
    ],
    ...([eip1559(8, 0), eip1559(0, 6)] as const).map((eip1559Params): [string, ForkName, Change, Field] => [
      `one zero does not: ${eip1559Params}`,
      'holocene',
      { attributes: { eip1559Params }, payload: { extraData: holocene(250, 6) } },
      'eip1559Params',
    ]),
    [
      'equal parameters',
      'holocene',
      { attributes: { eip1559Params: eip1559(8, 2) }, payload: { extraData: holocene(8, 2) } },
      null,
    ],
    [
      'another denominator',
      'holocene',
      { payload: { extraData: holocene(50, 6) } },
      'eip1559Params',
      /250.*50/,
    ],
    ['another elasticity', 'holocene', { payload: { extraData: holocene(250, 2) } }, 'eip1559Params', /6.*2/],
    ['an elasticity of zero', 'holocene', { payload: { extraData: holocene(250, 0) } }, 'eip1559Params'],
    [
      'version 1 before Jovian',
      'holocene',
      { payload: { extraData: holocene(250, 6, '01') } },
      'eip1559Params',
      /version/,
    ],
    [
      '17 bytes before Jovian',
      'holocene',
      { payload: { extraData: jovian(250, 6, 0) } },
      'eip1559Params',
      /9 bytes/,
    ],
    ['no extraData', 'holocene', { payload: { extraData: '0x' } }, 'eip1559Params'],
    // Jovian: jovian/exec-engine.md, "Minimum Base Fee in Block Header"
    ['9 bytes', 'jovian', { payload: { extraData: holocene(250, 6) } }, 'eip1559Params', /17 bytes/],
    ['version 0', 'jovian', { payload: { extraData: jovian(250, 6, 0, '00') } }, 'eip1559Params', /version/],
    ['no minimum derived', 'jovian', { attributes: { minBaseFee: undefined } }, 'minBaseFee'],
    [
      'another minimum',
      'jovian',
      { payload: { extraData: jovian(250, 6, 7) } },
      'minBaseFee',
      /derived 0, block has 7/,
    ],
    [
      'an equal minimum',
      'jovian',
      { attributes: { minBaseFee: 7n }, payload: { extraData: jovian(250, 6, 7) } },
      null,
    ],
  ])('%s (%s)', (_name, fork, change, field, message) => {
    const mismatch = mismatchAfter(fork, change)
    expect(mismatch?.field ?? null).toBe(field)
    if (message !== undefined) expect(mismatch?.reason).toMatch(message)
  })

  it('reports the first difference in the order of the specification', () => {
    const payload = (fields: Change['payload']) => (change: Change) => ({
      ...change,
      payload: { ...change.payload, ...fields },
    })
    expectRuleOrder<Change>({
      good: {},
      rules: [
        ['parentHash', (change) => ({ ...change, parentHash: other })],
        ['timestamp', payload({ timestamp: 99n })],
        ['prevRandao', payload({ prevRandao: other })],
        ['feeRecipient', payload({ feeRecipient: `0x${'11'.repeat(20)}` })],
        ['transactions', payload({ transactions: [] })],
        ['gasLimit', payload({ gasLimit: 1n })],
        ['withdrawals', payload({ withdrawals: [withdrawal] })],
        ['parentBeaconBlockRoot', (change) => ({ ...change, parentBeaconBlockRoot: other })],
        ['eip1559Params', payload({ extraData: jovian(50, 6, 0) })],
        ['minBaseFee', (change) => ({ ...change, attributes: { ...change.attributes, minBaseFee: 7n } })],
      ],
      judge: (change) => mismatchAfter('jovian', change)?.field ?? 'none',
    })
  })
})
