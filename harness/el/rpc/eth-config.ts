import type { Address, Hash } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import { method } from '../../../node/json-rpc/method.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { BlockHeader } from '../chain/header.ts'
import { precompilesAt } from '../execution/precompiles.ts'
import type { ElConfig } from '../execution/types.ts'
import type { RpcMethods } from './backend.ts'
import { forkHash } from './fork-id.ts'

/** EIP-7910's names, by address. */
const precompileNames: ReadonlyMap<bigint, string> = new Map([
  [0x01n, 'ECREC'],
  [0x02n, 'SHA256'],
  [0x03n, 'RIPEMD160'],
  [0x04n, 'ID'],
  [0x05n, 'MODEXP'],
  [0x06n, 'BN254_ADD'],
  [0x07n, 'BN254_MUL'],
  [0x08n, 'BN254_PAIRING'],
  [0x09n, 'BLAKE2F'],
  [0x0an, 'KZG_POINT_EVALUATION'],
  [0x0bn, 'BLS12_G1ADD'],
  [0x0cn, 'BLS12_G1MSM'],
  [0x0dn, 'BLS12_G2ADD'],
  [0x0en, 'BLS12_G2MSM'],
  [0x0fn, 'BLS12_PAIRING_CHECK'],
  [0x10n, 'BLS12_MAP_FP_TO_G1'],
  [0x11n, 'BLS12_MAP_FP2_TO_G2'],
  [0x100n, 'P256VERIFY'],
])

/** Of Ethereum's forks. op-reth answers with the last two for an L2 as well, though no block of it can hold a blob. */
const systemContracts = {
  cancun: { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' },
  prague: {
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: '0x0000bbddc7ce488642fb579f8b00f3a590007251',
    HISTORY_STORAGE_ADDRESS: '0x0000f90827f1c53a10cb7a02335b175320002935',
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: '0x00000961ef480eb55e80d19ad83579a64c007002',
  },
} as const satisfies Record<string, Readonly<Record<string, Address>>>

/** EIP-4844 and EIP-7691. The same holds for them: op-reth gives the schedule of the Ethereum fork. */
const blobSchedules = {
  cancun: { baseFeeUpdateFraction: 3_338_477, max: 6, target: 3 },
  prague: { baseFeeUpdateFraction: 5_007_716, max: 9, target: 6 },
} as const

/** What `eth_config` looks at. */
export interface EthConfigBackend {
  readonly config: ElConfig
  readonly chain: {
    readonly head: { readonly header: Pick<BlockHeader, 'timestamp'> }
    readonly store: {
      readonly genesis: { readonly hash: Hash; readonly header: Pick<BlockHeader, 'timestamp'> }
    }
  }
}

/**
 * `eth_config` (EIP-7910): the rules in force at the head, the next and the last that are scheduled. Times at which OP
 * Stack forks and the Ethereum forks in them begin are the same, so each time stands once; one that the genesis block
 * is under is 0. As in op-reth, so that the answers of two engines of one chain can be compared.
 */
export function ethConfigMethods({ config, chain }: EthConfigBackend): RpcMethods {
  return {
    eth_config: method([], () => {
      const { hash, header } = chain.store.genesis
      const times = forkTimes(config, header.timestamp)
      const at = times.findLastIndex((time) => time <= chain.head.header.timestamp)
      const describe = (index: number) => ({
        activationTime: Number(times[index]),
        chainId: quantityToJson(config.chainId),
        forkId: forkHash(hash, times.slice(1, index + 1)),
        ...rulesAt(config, times[index] || header.timestamp),
      })
      const hasNext = at + 1 < times.length
      return {
        current: describe(at),
        next: hasNext ? describe(at + 1) : null,
        last: hasNext ? describe(times.length - 1) : null,
      }
    }),
  }
}

/** Seconds, ascending; the first is 0 for everything that holds at genesis. */
function forkTimes({ forks }: ElConfig, genesisTimestamp: bigint): readonly bigint[] {
  const later = Object.values(forks).filter((time) => time > genesisTimestamp)
  return [0n, ...[...new Set(later)].sort((a, b) => (a < b ? -1 : 1))]
}

function rulesAt(config: ElConfig, timestamp: bigint) {
  const cancun = isForkActive(config.forks, 'ecotone', timestamp)
  const prague = isForkActive(config.forks, 'isthmus', timestamp)
  return {
    blobSchedule: prague ? blobSchedules.prague : blobSchedules.cancun,
    precompiles: Object.fromEntries(
      precompilesAt(config, timestamp).map((address) => [
        precompileNames.get(BigInt(address)) ?? address,
        address,
      ]),
    ),
    systemContracts: {
      ...(cancun ? systemContracts.cancun : {}),
      ...(prague ? systemContracts.prague : {}),
    },
  }
}
