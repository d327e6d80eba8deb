import type { Hash } from 'viem'
import { expect, it } from 'vitest'
import { outputRootV0 } from './output-root.ts'

const ending = (tail: string): Hash => `0x${tail.padStart(64, '0')}`

it('is the golden value for state, storage and block', () => {
  expect(
    outputRootV0({
      stateRoot: ending('beef'),
      messagePasserStorageRoot: ending('babe'),
      blockHash: ending('c0de'),
    }),
  ).toBe('0x0c39fb6b07cf6694b13e63e59f7b15255be1c93a4d6d3e0da6c99729647c0d11')
})
