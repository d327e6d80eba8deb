import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../node/config/forks.ts'
import { type DatadirIdentity, identityConflict, identityOf } from './identity.ts'

const genesis: Hash = `0x${'11'.repeat(32)}`
const other: Hash = `0x${'22'.repeat(32)}`
const config = {
  chainId: 901n,
  forks: { ...forksActiveFrom('granite'), holocene: 100n },
  eip1559: { elasticity: 6n, denominator: 50n, denominatorCanyon: 250n },
}
const identity = identityOf(genesis, config)
const withForks = (over: object): DatadirIdentity => ({ ...identity, forks: { ...config.forks, ...over } })
const { holocene: _, ...unscheduled } = config.forks

describe('identityConflict', () => {
  it.each<[string, DatadirIdentity, bigint, string | null]>([
    ['the same chain', identity, 1_000n, null],
    ['another genesis', identityOf(other, config), 0n, 'genesis block'],
    ['another chain id', { ...identity, chainId: 902n }, 0n, 'chain id 902, found 901'],
    [
      'another denominator',
      identityOf(genesis, { ...config, eip1559: { ...config.eip1559, denominator: 8n } }),
      0n,
      'EIP-1559 parameters 6/8/250, found 6/50/250',
    ],
    ['a fork moved before either time', withForks({ holocene: 120n }), 99n, null],
    ['a fork moved after the old time', withForks({ holocene: 120n }), 100n, 'holocene at 120'],
    ['a fork moved to a time that is past', withForks({ holocene: 50n }), 60n, 'holocene at 50'],
    ['a new fork in the future', withForks({ isthmus: 200n }), 199n, null],
    ['a new fork in the past', withForks({ isthmus: 200n }), 200n, 'isthmus at 200'],
    ['a fork taken back in time', { ...identity, forks: unscheduled }, 99n, null],
    ['a fork taken back too late', { ...identity, forks: unscheduled }, 100n, 'holocene not scheduled'],
  ])('%s', (_name, expected, headTimestamp, conflict) => {
    const found = identityConflict(identity, expected, headTimestamp)
    if (conflict === null) expect(found).toBeNull()
    else expect(found).toContain(conflict)
  })
})
