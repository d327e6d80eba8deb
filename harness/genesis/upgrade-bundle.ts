import { type Address, concat, type Hex } from 'viem'
import type { ForkName } from '../../node/config/forks.ts'
import { depositorAccount, predeploys } from '../../node/protocol/predeploys.ts'
import { beaconRootsContract, historyStorageContract, type SystemContract } from './system-contracts.ts'

/** A transaction of an upgrade bundle file. */
interface UpgradeEntry {
  readonly intent: string
  readonly from: Address
  readonly to: Address | null
  readonly data: Hex
  readonly gasLimit: number
}

/** A bundle file in the protocol's format, which the node reads with `parseUpgradeBundle`. */
interface UpgradeBundleFile {
  readonly metadata: { readonly version: '1.0.0' }
  readonly transactions: readonly UpgradeEntry[]
}

/**
 * The upgrade transactions of a devstack's chain, for forks that activate after genesis. They are those of the
 * specifications less the deployments of new predeploy code: the predeploys of `fixtures/contracts` know every fork.
 * Sources: the `derivation.md` of ecotone, fjord, isthmus and jovian, "Network upgrade automation transactions".
 */
export function upgradeBundleFiles(): ReadonlyMap<ForkName, UpgradeBundleFile> {
  const transactions: { readonly [name in ForkName]?: readonly UpgradeEntry[] } = {
    ecotone: [
      setFork('Gas Price Oracle Set Ecotone', '0x22b90ab3', 80_000),
      deploy(
        'beacon block roots contract deployment',
        '0x0b799c86a49deeb90402691f1041aa3af2d3c875',
        '0x60618060095f395ff3',
        beaconRootsContract,
      ),
    ],
    fjord: [setFork('Gas Price Oracle Set Fjord', '0x8e98b106', 90_000)],
    isthmus: [
      setFork('Gas Price Oracle Set Isthmus', '0x291b0383', 90_000),
      deploy(
        'EIP-2935 Contract Deployment',
        '0x3462413af4609098e1e27a490f554f260213d685',
        '0x60538060095f395ff3',
        historyStorageContract,
      ),
    ],
    jovian: [setFork('Gas Price Oracle Set Jovian', '0xb3d72079', 90_000)],
  }
  return new Map(
    Object.entries(transactions).map(([fork, list]) => [
      fork as ForkName,
      { metadata: { version: '1.0.0' }, transactions: list },
    ]),
  )
}

function setFork(intent: string, selector: Hex, gas: number): UpgradeEntry {
  return { intent, from: depositorAccount, to: predeploys.gasPriceOracle, data: selector, gasLimit: gas }
}

/** The sender's first transaction, so that the contract gets the address that its EIP names. */
function deploy(intent: string, from: Address, initCode: Hex, { code }: SystemContract): UpgradeEntry {
  return { intent, from, to: null, data: concat([initCode, code]), gasLimit: 250_000 }
}
