import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../node/config/forks.ts'
import { ownFjordBundle } from './protocol-upgrades.ts'
import { requiredUpgrades, UpgradeBundleError, upgradeBundleToJson } from './upgrade-bundles.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-upgrades-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string, text: string) => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

describe('requiredUpgrades', () => {
  const midFjord = { ...forksActiveFrom('ecotone'), fjord: 10n, granite: 20n, holocene: 20n }

  it('needs nothing of forks at genesis, of forks without upgrades, and of forks that never come', () => {
    expect(requiredUpgrades({ forks: forksActiveFrom('karst') })).toEqual(new Map())
    expect(requiredUpgrades({ forks: { ...forksActiveFrom('fjord'), granite: 20n } })).toEqual(new Map())
  })

  it('has the bundle of each fork that activates later, from its file or as it is', () => {
    const text = JSON.stringify(upgradeBundleToJson(ownFjordBundle()))
    const fjord = file('fjord.json', text)
    expect(requiredUpgrades({ forks: midFjord, upgrades: { fjord } })).toEqual(
      new Map([['fjord', ownFjordBundle()]]),
    )
    const given = { fjord: ownFjordBundle() }
    expect(requiredUpgrades({ forks: midFjord, upgrades: given })).toEqual(new Map(Object.entries(given)))
  })

  it.each([
    ['that is not given', undefined, 'fjord activates 10 s after genesis: expected its upgrade bundle'],
    ['that is not there', join(directory, 'absent.json'), 'the upgrade bundle of fjord'],
    ['that is not JSON', file('text.json', 'upgrade'), 'the upgrade bundle of fjord'],
    ['of another version', file('v2.json', '{"metadata":{"version":"2.0.0"}}'), 'expected metadata.version'],
  ])('refuses a bundle %s', (_, fjord, message) => {
    const read = () =>
      requiredUpgrades({ forks: midFjord, ...(fjord === undefined ? {} : { upgrades: { fjord } }) })
    expect(read).toThrow(UpgradeBundleError)
    expect(read).toThrow(message)
  })
})
