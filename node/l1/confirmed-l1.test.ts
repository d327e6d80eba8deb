import { expect, it } from 'vitest'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import { withConfirmations } from './confirmed-l1.ts'

it('hides L1 blocks without enough others on top, except genesis', async () => {
  const l1 = createFakeL1()
  l1.mine(10)
  const confirmed = withConfirmations(l1, 4n, () => 10n)
  expect(await confirmed.headerByNumber(7n)).toBeNull()
  expect(await confirmed.headerByNumber(6n)).toEqual(l1.at(6n))
  expect(await confirmed.headerByHash(l1.at(9n).hash)).toEqual(l1.at(9n))
  expect(await withConfirmations(l1, 4n, () => 0n).headerByNumber(0n)).toEqual(l1.at(0n))
  expect(withConfirmations(l1, 0n, () => 10n)).toBe(l1)
})
