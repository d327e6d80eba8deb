import { type Address, concat, type Hex, numberToHex, parseEther, toHex } from 'viem'
import { type ForkName, type ForkSchedule, isForkActive } from '../../node/config/forks.ts'
import type { Eip1559Constants } from '../../node/config/rollup-config.ts'
import { predeploys } from '../../node/protocol/predeploys.ts'
import type { Accounts } from './accounts.ts'
import { l2ChainConfig } from './chain-config.ts'
import type { ChainParameters } from './chain-parameters.ts'
import { emptyWord, type GenesisAccount, type GenesisFile } from './genesis-file.ts'
import { genesisImplementations } from './predeploys.ts'
import { proxiedPredeploys } from './proxies.ts'
import {
  beaconRootsContract,
  deterministicDeployer,
  historyStorageContract,
  type SystemContract,
} from './system-contracts.ts'

const balance = toHex(parseEther('1000000'))
/** Wei. */
const genesisBaseFee = 1_000_000_000n

/** Relative fork times as absolute ones: 0n stays "at genesis". */
export function absoluteForks(forks: ForkSchedule, genesisTime: bigint): ForkSchedule {
  const entries = Object.entries(forks) as [ForkName, bigint][]
  return Object.fromEntries(entries.map(([name, time]) => [name, time === 0n ? 0n : genesisTime + time]))
}

/** L2 at block 0, in the format that op-geth reads: predeploys in place, every account funded. */
export function l2GenesisFile(
  parameters: ChainParameters,
  accounts: Accounts,
  eip1559: Eip1559Constants,
  genesisTime: bigint,
): GenesisFile {
  const forks = absoluteForks(parameters.forks, genesisTime)
  const ecotone = isForkActive(forks, 'ecotone', genesisTime)
  return {
    config: l2ChainConfig(parameters.l2ChainId, forks, eip1559),
    nonce: '0x0',
    timestamp: toHex(genesisTime),
    extraData: genesisExtraData(forks, eip1559, genesisTime),
    gasLimit: toHex(parameters.gasLimit),
    difficulty: '0x0',
    mixHash: emptyWord,
    coinbase: predeploys.sequencerFeeVault,
    number: '0x0',
    gasUsed: '0x0',
    parentHash: emptyWord,
    baseFeePerGas: toHex(genesisBaseFee),
    ...(ecotone ? { excessBlobGas: '0x0' as const, blobGasUsed: '0x0' as const } : {}),
    alloc: allocation(parameters, accounts, forks, genesisTime),
  }
}

/** Holocene: version 0, denominator, elasticity. Jovian: version 1 and a minimum base fee of zero. */
function genesisExtraData(forks: ForkSchedule, eip1559: Eip1559Constants, genesisTime: bigint): Hex {
  if (!isForkActive(forks, 'holocene', genesisTime)) return '0x'
  const parameters: Hex[] = [
    numberToHex(eip1559.denominatorCanyon, { size: 4 }),
    numberToHex(eip1559.elasticity, { size: 4 }),
  ]
  return isForkActive(forks, 'jovian', genesisTime)
    ? concat(['0x01', ...parameters, numberToHex(0, { size: 8 })])
    : concat(['0x00', ...parameters])
}

function allocation(
  parameters: ChainParameters,
  accounts: Accounts,
  forks: ForkSchedule,
  genesisTime: bigint,
): Record<Address, GenesisAccount> {
  const system = ({ address, code }: SystemContract): Record<Address, GenesisAccount> => ({
    [address]: { balance: '0x0', nonce: '0x1', code },
  })
  const funded = [accounts.batcher, accounts.sequencer, ...accounts.users]
  return {
    ...Object.fromEntries(funded.map(({ address }) => [address, { balance }])),
    ...proxiedPredeploys(genesisImplementations(accounts, parameters.l1ChainId, forks, genesisTime)),
    ...system(deterministicDeployer),
    ...(isForkActive(forks, 'ecotone', genesisTime) ? system(beaconRootsContract) : {}),
    ...(isForkActive(forks, 'isthmus', genesisTime) ? system(historyStorageContract) : {}),
  }
}
