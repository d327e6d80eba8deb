import { type Address, concat, type Hex } from 'viem'
import { depositorAccount, predeploys } from '../../node/protocol/predeploys.ts'
import { beaconRootsContract, historyStorageContract, type SystemContract } from './system-contracts.ts'

/** A transaction of an upgrade bundle file. */
interface UpgradeEntry {
  readonly intent: string
  readonly from: Address
  readonly to: Address | null
  readonly gas: number
  readonly data: Hex
}

/**
 * The upgrade transactions of a devstack's chain, for forks that activate after genesis. They are those of the
 * specifications less the deployments of new predeploy code: the predeploys of `fixtures/contracts` know every fork.
 * Sources: the `derivation.md` of ecotone, fjord, isthmus and jovian, "Network upgrade automation transactions".
 */
export function upgradeBundleFile(): Readonly<Record<string, readonly UpgradeEntry[]>> {
  return {
    ecotone: [
      setFork('Ecotone: Gas Price Oracle Set Ecotone', '0x22b90ab3', 80_000),
      deploy(
        'Ecotone: beacon block roots contract deployment',
        '0x0b799c86a49deeb90402691f1041aa3af2d3c875',
        '0x60618060095f395ff3',
        beaconRootsContract,
      ),
    ],
    fjord: [setFork('Fjord: Gas Price Oracle Set Fjord', '0x8e98b106', 90_000)],
    isthmus: [
      setFork('Isthmus: Gas Price Oracle Set Isthmus', '0x291b0383', 90_000),
      deploy(
        'Isthmus: EIP-2935 Contract Deployment',
        '0x3462413af4609098e1e27a490f554f260213d685',
        '0x60538060095f395ff3',
        historyStorageContract,
      ),
    ],
    jovian: [setFork('Jovian: Gas Price Oracle Set Jovian', '0xb3d72079', 90_000)],
  }
}

function setFork(intent: string, selector: Hex, gas: number): UpgradeEntry {
  return { intent, from: depositorAccount, to: predeploys.gasPriceOracle, gas, data: selector }
}

/** The sender's first transaction, so that the contract gets the address that its EIP names. */
function deploy(intent: string, from: Address, initCode: Hex, { code }: SystemContract): UpgradeEntry {
  return { intent, from, to: null, gas: 250_000, data: concat([initCode, code]) }
}
