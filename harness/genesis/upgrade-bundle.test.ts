import { existsSync, readFileSync } from 'node:fs'
import { getContractAddress } from 'viem'
import { describe, expect, it } from 'vitest'
import type { ForkName } from '../../node/config/forks.ts'
import { encodeUpgradeBundle, parseUpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'
import { beaconRootsContract, historyStorageContract } from './system-contracts.ts'
import { upgradeBundleFiles } from './upgrade-bundle.ts'

const bundle = (fork: ForkName) =>
  parseUpgradeBundle(JSON.parse(JSON.stringify(upgradeBundleFiles().get(fork))))
const vectors = new URL('../../../shared/vectors/upgrade-txs/', import.meta.url)

describe('upgradeBundleFiles', () => {
  it.each([
    ['ecotone', 1, beaconRootsContract],
    ['isthmus', 1, historyStorageContract],
  ] as const)('%s deploys its system contract where the EIP wants it', (fork, index, contract) => {
    const { from } = bundle(fork)[index]!
    expect(getContractAddress({ from, nonce: 0n }).toLowerCase()).toBe(contract.address)
  })

  describe.skipIf(!existsSync(vectors))('against shared/vectors/upgrade-txs', () => {
    it.each([
      ['ecotone', 0, 'ecotone_tx_4.hex'],
      ['ecotone', 1, 'ecotone_tx_5.hex'],
      ['isthmus', 0, 'isthmus_tx_6.hex'],
      ['isthmus', 1, 'isthmus_tx_7.hex'],
    ] as const)('%s transaction %i is %s', (fork, index, file) => {
      const expected = readFileSync(new URL(file, vectors), 'utf8').trim()
      const encoded = encodeUpgradeBundle(fork, bundle(fork))[index]
      expect(encoded).toBe(expected.startsWith('0x') ? expected : `0x${expected}`)
    })
  })
})
