import { describe, expect, it } from 'vitest'
import { testRollupConfig } from '../protocol/testing/rollup-config.ts'
import { forkNames, forksActiveFrom } from './forks.ts'
import { parseRollupConfig, RollupConfigError, rollupConfigToJson } from './rollup-config.ts'

const config = testRollupConfig(forksActiveFrom('karst', 1000n))
const json = rollupConfigToJson(config)

describe('rollup config', () => {
  it('is written as op-node writes it, with every fork', () => {
    for (const [index, name] of forkNames.entries())
      expect(Object.keys(json).filter((key) => key.endsWith('_time') && key !== 'block_time')[index]).toBe(
        `${name}_time`,
      )
    expect(json).toMatchObject({ karst_time: 1000, jovian_time: 1000 })
    // op-node: `omitempty`.
    expect(json).not.toHaveProperty('keep_karst_upgrade_gas')
    expect(json).not.toHaveProperty('protocol_versions_address')
    expect(rollupConfigToJson({ ...config, keepKarstUpgradeGas: true })).toHaveProperty(
      'keep_karst_upgrade_gas',
      true,
    )
  })

  it.each([true, false])('survives a round trip, keep_karst_upgrade_gas %s', (keepKarstUpgradeGas) => {
    const chain = { ...config, keepKarstUpgradeGas }
    expect(parseRollupConfig(JSON.parse(JSON.stringify(rollupConfigToJson(chain))))).toEqual(chain)
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a fork that nobody knows', { marble_time: 5 }, /marble_time: expected a fork that this program knows/],
    ['a misspelt fork', { krast_time: 5 }, /krast_time: .*nearest known key is karst_time/],
    ['a fork in the spelling of a genesis', { karstTime: 5 }, /karstTime: .*spelling of karst_time/],
    ['Lagoon', { lagoon_time: 5 }, /lagoon_time: .*the fork lagoon by name only/],
    ['Interop', { interop_time: 0 }, /interop_time: .*the fork interop by name only/],
    ['alt-DA', { alt_da: { da_commitment_type: 'GenericCommitment' } }, /alt_da: .*alt-DA/],
    ['alt-DA without fields', { alt_da: {} }, /alt_da: .*alt-DA/],
    ['alt-DA as Plasma', { use_plasma: true }, /use_plasma: .*alt-DA/],
    ['its older configuration', { plasma_config: {} }, /plasma_config: .*alt-DA/],
    ['its challenges', { da_challenge_address: `0x${'11'.repeat(20)}` }, /da_challenge_address: .*alt-DA/],
    ['its newer name', { da_challenge_contract_address: `0x${'11'.repeat(20)}` }, /da_challenge_contract_/],
    ['its window', { da_challenge_window: 160 }, /da_challenge_window: .*alt-DA/],
    ['a flag that is no boolean', { keep_karst_upgrade_gas: 'false' }, /keep_karst_upgrade_gas: /],
    ['Karst without Jovian', { jovian_time: null }, /karst_time: is set although the earlier fork jovian/],
    ['Karst before Jovian', { karst_time: 999 }, /karst_time: is 999, before jovian/],
  ])('refuses %s', (_, change, message) => {
    expect(() => parseRollupConfig({ ...json, ...change })).toThrow(RollupConfigError)
    expect(() => parseRollupConfig({ ...json, ...change })).toThrow(message)
  })

  it.each<[string, Record<string, unknown>]>([
    ['forks without a time', { lagoon_time: null, interop_time: null, marble_time: null, karst_time: null }],
    [
      "Go's zero values of alt-DA",
      {
        alt_da: null,
        use_plasma: false,
        da_challenge_address: `0x${'00'.repeat(20)}`,
        da_challenge_window: 0,
        da_resolve_window: 0,
      },
    ],
    ['an address that nobody reads', { protocol_versions_address: `0x${'11'.repeat(20)}` }],
    ['keys that change no rule', { chain_name: 'x', governed_by_optimism: true, fee_recipient: '0x' }],
    ['no word on the upgrade gas', { keep_karst_upgrade_gas: null }],
  ])('passes %s', (_, change) => {
    expect(parseRollupConfig({ ...json, ...change })).toMatchObject({ keepKarstUpgradeGas: false })
  })
})
