import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { blobBaseFeeUpdateFraction } from '../../../node/protocol/blob-base-fee.ts'
import { parseUpgradeBundle } from '../../../node/protocol/upgrade-bundle.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import { testChainParameters } from '../../genesis/chain-parameters.fixture.ts'
import { generateChain } from '../../genesis/generate.ts'
import { ownFjordBundle } from '../../genesis/protocol-upgrades.ts'
import { createRunDirectory } from '../run-directory.ts'
import { writeChainFiles } from './chain-files.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-files-'))
afterAll(() => rmSync(root, { recursive: true }))

/** The fields of geth's `params.ChainConfig`, which op-node decodes the L1 chain config into, refusing every other. */
const gethFields = [
  ...[
    'chainId',
    'homesteadBlock',
    'daoForkBlock',
    'daoForkSupport',
    'eip150Block',
    'eip155Block',
    'eip158Block',
  ],
  ...['byzantiumBlock', 'constantinopleBlock', 'petersburgBlock', 'istanbulBlock', 'muirGlacierBlock'],
  ...['berlinBlock', 'londonBlock', 'arrowGlacierBlock', 'grayGlacierBlock', 'mergeNetsplitBlock'],
  ...['shanghaiTime', 'cancunTime', 'pragueTime', 'osakaTime', 'bpo1Time', 'bpo2Time', 'amsterdamTime'],
  ...['terminalTotalDifficulty', 'depositContractAddress', 'ethash', 'clique', 'blobSchedule'],
]

it('writes what clients that know nothing of this L1 need: its chain config, and the upgrade bundles', async () => {
  const directory = createRunDirectory({ root, name: 'files', nowMs: 0, suffix: 'a', invocation: 'test' })
  const accounts = deriveAccounts()
  const chain = await generateChain(testChainParameters, accounts, 1_700_000_000n)
  const files = writeChainFiles(directory, chain, accounts, ['node'], new Map([['fjord', ownFjordBundle()]]))
  const config = JSON.parse(readFileSync(files.l1ChainConfigPath, 'utf8'))
  expect(files.l1ChainConfigPath).toBe(join(directory.path, 'l1-chain-config.json'))
  expect(config).toMatchObject({
    chainId: 900,
    londonBlock: 0,
    shanghaiTime: 0,
    cancunTime: 0,
    pragueTime: 0,
  })
  expect(gethFields).toEqual(expect.arrayContaining(Object.keys(config)))
  // What the node reckons with on an L1 that it does not know.
  expect(BigInt(config.blobSchedule.prague.baseFeeUpdateFraction)).toBe(
    blobBaseFeeUpdateFraction(chain.rollup, chain.rollup.genesis.l2Time),
  )
  const bundle = JSON.parse(readFileSync(files.upgradePaths.get('fjord')!, 'utf8'))
  expect(parseUpgradeBundle(bundle)).toEqual(ownFjordBundle())
})
