import { type RefusedKey, refusedForkKeys } from './unknown-forks.ts'

/** What op-node has called data availability outside L1, from `alt_da` back to the time when it was Plasma. */
const altDaKeys = [
  'alt_da',
  'plasma_config',
  'use_plasma',
  'da_challenge_address',
  'da_challenge_contract_address',
  'da_challenge_window',
  'da_resolve_window',
]

/** Keys of a `rollup.json` that change the chain's rules in a way that this program does not follow. */
export function refusedRollupKeys(json: object): readonly RefusedKey[] {
  const altDa = Object.entries(json)
    .filter(([key, value]) => altDaKeys.includes(key) && !isUnset(value))
    .map(([key]) => ({
      key,
      message:
        'expected none: this chain has its batches outside L1 (alt-DA), and this program derives from L1 only',
    }))
  const alsoKnown = ['block_time', 'pectra_blob_schedule_time']
  return [...refusedForkKeys(json, { suffix: '_time', alsoKnown }), ...altDa]
}

/** Old op-nodes wrote these fields with Go's zero values into the file of every chain. */
function isUnset(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    value === 0 ||
    value === '' ||
    (typeof value === 'string' && /^0x0*$/.test(value))
  )
}
