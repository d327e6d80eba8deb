import { describe, expect, it } from 'vitest'
import type { ChainIdentity } from '../ports/follow-source.ts'
import { identityFault } from './identity.ts'

const hash = (fill: string) => `0x${fill.repeat(64)}` as const
const ours: ChainIdentity = {
  l1ChainId: 900n,
  l2ChainId: 901n,
  l1GenesisHash: hash('a'),
  l2GenesisHash: hash('b'),
}

describe('identity of a source', () => {
  it('accepts our chain, whatever the case of the hex digits', () => {
    expect(identityFault(ours, { ...ours, l1GenesisHash: hash('A') })).toBeNull()
  })

  it.each<[keyof ChainIdentity, bigint | string, string]>([
    ['l1ChainId', 1n, 'L1 chain id: expected 900, found 1'],
    ['l2ChainId', 10n, 'L2 chain id: expected 901, found 10'],
    ['l1GenesisHash', hash('c'), `L1 genesis hash: expected ${hash('a')}, found ${hash('c')}`],
    ['l2GenesisHash', hash('c'), `L2 genesis hash: expected ${hash('b')}, found ${hash('c')}`],
  ])('names both values of %s', (field, value, text) => {
    expect(identityFault(ours, { ...ours, [field]: value })).toContain(text)
  })
})
