import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { type ForkName, latestFork } from '../../../node/config/forks.ts'
import { createCustomCrypto } from './crypto.ts'
import type { ElConfig } from './types.ts'

/** The newest OP Stack fork that is active. */
export type ActiveFork = ForkName | 'bedrock'

/** The Ethereum fork whose EVM each OP Stack fork runs. Source: the `exec-engine.md` of each fork. */
const evmOf: Readonly<Record<ActiveFork, Hardfork>> = {
  bedrock: Hardfork.Paris,
  regolith: Hardfork.Paris,
  canyon: Hardfork.Shanghai,
  delta: Hardfork.Shanghai,
  ecotone: Hardfork.Cancun,
  fjord: Hardfork.Cancun,
  granite: Hardfork.Cancun,
  holocene: Hardfork.Cancun,
  isthmus: Hardfork.Prague,
  jovian: Hardfork.Prague,
  karst: Hardfork.Osaka,
}

export function activeFork(config: ElConfig, timestamp: bigint): ActiveFork {
  return latestFork(config.forks, timestamp)
}

/** EthereumJS's parameters for a fork. The fork is picked by us: Mainnet's own activation times play no part. */
export function commonFor(config: ElConfig, fork: ActiveFork): Common {
  return createCustomCommon({ name: 'op-stack', chainId: Number(config.chainId) }, Mainnet, {
    hardfork: evmOf[fork],
    customCrypto: createCustomCrypto(),
  })
}
