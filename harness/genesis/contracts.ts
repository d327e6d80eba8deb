import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from 'viem'
import type { ContractArtifact } from '../../fixtures/contracts/compile.ts'
import { packageRoot } from '../../node/adapters/files/package-root.ts'

export type ContractName =
  | 'DepositContract'
  | 'FeeVault'
  | 'GasPriceOracle'
  | 'L1Block'
  | 'L2ToL1MessagePasser'
  | 'Proxy'
  | 'ProxyAdmin'
  | 'SystemConfig'
  | 'UnconnectedBridge'

const artifactsPath = join(packageRoot, 'fixtures/contracts/artifacts.json')

/** The compiled contracts of `fixtures/contracts`. */
export function readContracts(): Readonly<Record<ContractName, ContractArtifact>> {
  return JSON.parse(readFileSync(artifactsPath, 'utf8')) as Record<ContractName, ContractArtifact>
}

/** Where the L1 contracts of every devstack are. */
export const l1Addresses = {
  systemConfig: '0x00000000000000000000000000000000000c0f16',
  depositContract: '0x0000000000000000000000000000000000de9051',
} as const satisfies Record<string, Address>
