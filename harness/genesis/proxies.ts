import { type Address, type Hex, pad, toHex } from 'viem'
import { predeploys } from '../../node/protocol/predeploys.ts'
import { readContracts } from './contracts.ts'
import type { GenesisAccount } from './genesis-file.ts'

/** What stands behind a proxy at genesis. */
export interface Implementation {
  readonly code: Hex
  /** Of the proxy, where the implementation's code runs. */
  readonly storage?: Readonly<Record<Hex, Hex>>
}

/** EIP-1967: keccak256("eip1967.proxy.implementation") - 1. */
export const implementationSlot: Hex = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
/** EIP-1967: keccak256("eip1967.proxy.admin") - 1. */
export const adminSlot: Hex = '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103'

/**
 * The newest predeploy that a network upgrade touches (L2DevFeatureFlags, Karst). Real chains have proxies at all 2048
 * addresses of the namespace; those beyond would cost every engine one to two seconds at its start and change nothing.
 */
const newestPredeploy = 0x2d
/** WETH is the one predeploy in that range that is no proxy. */
const wethIndex = 0x06

/**
 * The accounts of the predeploys: proxies whose admin is the ProxyAdmin, with and without an implementation, and the
 * implementations themselves. Source: specs/protocol/predeploys.md, "Overview".
 */
export function proxiedPredeploys(
  implementations: Readonly<Record<Address, Implementation>>,
): Record<Address, GenesisAccount> {
  const proxy = readContracts().Proxy.deployedBytecode
  const accounts: Record<Address, GenesisAccount> = {}
  for (let index = 0; index <= newestPredeploy; index++) {
    if (index === wethIndex) continue
    const address = predeployAddress(index)
    const implementation = implementations[address]
    const behind = codeNamespace(address)
    accounts[address] = {
      balance: '0x0',
      nonce: '0x1',
      code: proxy,
      storage: {
        ...implementation?.storage,
        [adminSlot]: pad(predeploys.proxyAdmin),
        ...(implementation === undefined ? {} : { [implementationSlot]: pad(behind) }),
      },
    }
    if (implementation !== undefined)
      accounts[behind] = { balance: '0x0', nonce: '0x1', code: implementation.code }
  }
  return accounts
}

function predeployAddress(index: number): Address {
  return `0x42${toHex(index, { size: 19 }).slice(2)}`
}

/** Where the implementation of a predeploy is at genesis: its last two bytes behind 0xc0d3c0d3… */
export function codeNamespace(predeploy: Address): Address {
  return `0xc0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d3c0d3${predeploy.slice(-4)}`
}
