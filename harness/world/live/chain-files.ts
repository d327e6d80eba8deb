import { randomBytes } from 'node:crypto'
import type { Hex } from 'viem'
import type { ForkName } from '../../../node/config/forks.ts'
import { rollupConfigToJson } from '../../../node/config/rollup-config.ts'
import type { UpgradeBundle } from '../../../node/protocol/upgrade-bundle.ts'
import type { Accounts } from '../../genesis/accounts.ts'
import type { GeneratedChain } from '../../genesis/generate.ts'
import { upgradeBundleToJson } from '../../genesis/upgrade-bundles.ts'
import type { RunDirectory } from '../run-directory.ts'

/** The files that the components of a run are pointed at. */
export interface ChainFiles {
  /** Anvil's state file with L1's block 0. */
  readonly l1StatePath: string
  /** Geth's chain config of L1, for clients that do not know this L1. */
  readonly l1ChainConfigPath: string
  /** `genesis.json` in geth's format. */
  readonly l2GenesisPath: string
  /** `rollup.json` in op-node's format. */
  readonly rollupPath: string
  /** The upgrade bundle of each fork that activates after genesis. */
  readonly upgradePaths: ReadonlyMap<ForkName, string>
  readonly jwtPath: string
  readonly sequencer: { readonly key: Hex; readonly path: string }
  /** By consensus node. */
  readonly identities: ReadonlyMap<string, { readonly key: Hex; readonly path: string }>
}

/** Writes a run's chain and secrets into its directory. Secrets are new in each run and readable by the owner alone. */
export function writeChainFiles(
  directory: Pick<RunDirectory, 'write'>,
  chain: GeneratedChain,
  accounts: Accounts,
  nodes: readonly string[],
  upgrades: ReadonlyMap<ForkName, UpgradeBundle>,
): ChainFiles {
  const json = (name: string, value: unknown) => directory.write(name, `${JSON.stringify(value, null, 2)}\n`)
  const secret = (name: string, key: Hex) => directory.write(name, key.slice(2), 'secret')
  const newKey = (): Hex => `0x${randomBytes(32).toString('hex')}`
  return {
    l1StatePath: json('l1-state.json', chain.l1State),
    l1ChainConfigPath: json('l1-chain-config.json', chain.l1ChainConfig),
    l2GenesisPath: json('genesis.json', chain.l2Genesis),
    rollupPath: json('rollup.json', rollupConfigToJson(chain.rollup)),
    upgradePaths: new Map(
      Array.from(upgrades, ([fork, bundle]) => [
        fork,
        json(`${fork}-upgrade.json`, upgradeBundleToJson(bundle)),
      ]),
    ),
    jwtPath: secret('jwt.hex', newKey()),
    sequencer: {
      key: accounts.sequencer.privateKey,
      path: secret('block-signer.key', accounts.sequencer.privateKey),
    },
    identities: new Map(
      nodes.map((name) => {
        const key = newKey()
        return [name, { key, path: secret(`${name}-p2p.key`, key) }]
      }),
    ),
  }
}
