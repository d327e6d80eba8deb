import { type Address, type Hex, pad, toHex } from 'viem'
import { type ForkSchedule, isForkActive } from '../../node/config/forks.ts'
import { predeploys } from '../../node/protocol/predeploys.ts'
import type { Accounts } from './accounts.ts'
import { readContracts } from './contracts.ts'
import type { Implementation } from './proxies.ts'

/** Predeploys that nothing but Karst's upgrade asks. Source: specs/protocol/predeploys.md. */
const bridges = {
  l2CrossDomainMessenger: predeploys.l2CrossDomainMessenger,
  l2StandardBridge: predeploys.l2StandardBridge,
  optimismMintableErc20Factory: '0x4200000000000000000000000000000000000012',
  l2Erc721Bridge: '0x4200000000000000000000000000000000000014',
} as const satisfies Record<string, Address>
const optimismMintableErc721Factory: Address = '0x4200000000000000000000000000000000000017'

/** What stands behind each predeploy's proxy at genesis; the others have none. */
export function genesisImplementations(
  accounts: Accounts,
  l1ChainId: number,
  forks: ForkSchedule,
  genesisTime: bigint,
): Readonly<Record<Address, Implementation>> {
  const contracts = readContracts()
  const owner = pad(accounts.owner.address)
  const bridge: Implementation = { code: contracts.UnconnectedBridge.deployedBytecode }
  const vault: Implementation = { code: contracts.FeeVault.deployedBytecode, storage: { [slot(2)]: owner } }
  return {
    ...Object.fromEntries(Object.values(bridges).map((address) => [address, bridge])),
    [optimismMintableErc721Factory]: { ...bridge, storage: { [slot(2)]: toHex(l1ChainId, { size: 32 }) } },
    [predeploys.gasPriceOracle]: {
      code: contracts.GasPriceOracle.deployedBytecode,
      storage: { [slot(0)]: activeForkFlags(forks, genesisTime) },
    },
    [predeploys.l1Block]: { code: contracts.L1Block.deployedBytecode },
    [predeploys.l2ToL1MessagePasser]: { code: contracts.L2ToL1MessagePasser.deployedBytecode },
    [predeploys.proxyAdmin]: {
      code: contracts.ProxyAdmin.deployedBytecode,
      storage: { [slot(0)]: owner },
    },
    [predeploys.sequencerFeeVault]: vault,
    [predeploys.baseFeeVault]: vault,
    [predeploys.l1FeeVault]: vault,
    [predeploys.operatorFeeVault]: vault,
  }
}

/** Slot 0 of `GasPriceOracle.sol`: one byte a fork, the first in the lowest byte. */
function activeForkFlags(forks: ForkSchedule, genesisTime: bigint): Hex {
  const names = ['ecotone', 'fjord', 'isthmus', 'jovian'] as const
  const flags = names.reduce(
    (bits, name, index) => bits | (isForkActive(forks, name, genesisTime) ? 1n << BigInt(8 * index) : 0n),
    0n,
  )
  return toHex(flags, { size: 32 })
}

function slot(index: number): Hex {
  return toHex(index, { size: 32 })
}
