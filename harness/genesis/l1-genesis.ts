import {
  type Address,
  type Hash,
  type Hex,
  keccak256,
  numberToHex,
  pad,
  parseEther,
  toHex,
  toRlp,
} from 'viem'
import { unsafeBlockSignerSlot } from '../../node/l1/unsafe-block-signer.ts'
import { emptyOmmersHash, emptyRequestsHash } from '../../node/protocol/block-hash.ts'
import { emptyTrieRoot } from '../../node/protocol/ordered-trie-root.ts'
import type { SystemConfig } from '../../node/protocol/system-config.ts'
import type { Accounts } from './accounts.ts'
import { l1Addresses, readContracts } from './contracts.ts'
import { emptyWord, type GenesisAccount, zeroAddress } from './genesis-file.ts'
import { stateRoot } from './genesis-state.ts'
import { deterministicDeployer, historyStorageContract, type SystemContract } from './system-contracts.ts'

/**
 * The state file that anvil starts from (`--load-state`): its format for what `anvil_dumpState` gives. It is not a
 * `genesis.json`, because of that anvil puts the allocation into the state but not into the state root of block 0, which
 * would then prove no account.
 */
export interface AnvilState {
  readonly block: Readonly<Record<string, unknown>>
  readonly accounts: Readonly<
    Record<Address, Omit<Required<GenesisAccount>, 'nonce'> & { readonly nonce: number }>
  >
  readonly best_block_number: 0
  readonly blocks: readonly {
    readonly header: L1Header
    readonly transactions: readonly []
    readonly ommers: readonly []
  }[]
  readonly transactions: readonly []
}

/** A Prague header, its fields in the order of their encoding. */
type L1Header = ReturnType<typeof genesisHeader>

/** L1 block gas limit. */
export const l1GasLimit = 60_000_000n
/** Wei. */
const l1GenesisBaseFee = 1_000_000_000n

/** L1 at block 0: the system config and deposit contracts in place, every account funded. */
export function l1Genesis(
  accounts: Accounts,
  systemConfig: SystemConfig,
  timestamp: bigint,
): { readonly hash: Hash; readonly state: AnvilState } {
  const state = allocation(accounts, systemConfig)
  const header = genesisHeader(stateRoot(state), timestamp)
  return {
    hash: keccak256(toRlp(Object.values(header).map((value) => (value === '0x0' ? '0x' : value)))),
    state: {
      block: {
        number: header.number,
        beneficiary: header.miner,
        timestamp: header.timestamp,
        gas_limit: Number(l1GasLimit),
        basefee: Number(l1GenesisBaseFee),
        difficulty: header.difficulty,
        prevrandao: header.mixHash,
        blob_excess_gas_and_price: { excess_blob_gas: 0, blob_gasprice: 1 },
      },
      accounts: Object.fromEntries(
        Object.entries(state).map(([address, account]) => [
          address,
          { ...account, nonce: Number(account.nonce) },
        ]),
      ),
      best_block_number: 0,
      blocks: [{ header, transactions: [], ommers: [] }],
      transactions: [],
    },
  }
}

function allocation(
  accounts: Accounts,
  systemConfig: SystemConfig,
): Record<Address, Required<GenesisAccount>> {
  const contracts = readContracts()
  const account = (values: Partial<GenesisAccount>): Required<GenesisAccount> => ({
    ...{ balance: '0x0', nonce: '0x0', code: '0x', storage: {} },
    ...values,
  })
  // Anvil adds these two to every chain from Prague on.
  const system = ({ address, code }: SystemContract) => [address, account({ code })]
  const funded = [accounts.batcher, accounts.sequencer, ...accounts.users]
  const balance = toHex(parseEther('1000000'))
  return {
    ...Object.fromEntries(funded.map(({ address }) => [address, account({ balance })])),
    ...Object.fromEntries([historyStorageContract, deterministicDeployer].map(system)),
    [l1Addresses.systemConfig]: account({
      nonce: '0x1',
      code: contracts.SystemConfig.deployedBytecode,
      storage: systemConfigStorage(accounts, systemConfig),
    }),
    [l1Addresses.depositContract]: account({
      nonce: '0x1',
      code: contracts.DepositContract.deployedBytecode,
    }),
  }
}

/** Slots of `SystemConfig.sol`. */
function systemConfigStorage(accounts: Accounts, systemConfig: SystemConfig): Record<Hex, Hex> {
  const slot = (index: number) => toHex(index, { size: 32 })
  return {
    [slot(0)]: pad(accounts.owner.address),
    [slot(1)]: pad(systemConfig.batcherAddr),
    [slot(2)]: systemConfig.scalar,
    [slot(3)]: toHex(systemConfig.gasLimit, { size: 32 }),
    [unsafeBlockSignerSlot]: pad(accounts.sequencer.address),
  }
}

function genesisHeader(stateRoot: Hash, timestamp: bigint) {
  return {
    parentHash: emptyWord,
    sha3Uncles: emptyOmmersHash,
    miner: zeroAddress,
    stateRoot,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: pad('0x', { size: 256 }),
    difficulty: '0x0',
    number: '0x0',
    gasLimit: numberToHex(l1GasLimit),
    gasUsed: '0x0',
    timestamp: numberToHex(timestamp),
    extraData: '0x',
    mixHash: emptyWord,
    nonce: pad('0x', { size: 8 }),
    baseFeePerGas: numberToHex(l1GenesisBaseFee),
    withdrawalsRoot: emptyTrieRoot,
    blobGasUsed: '0x0',
    excessBlobGas: '0x0',
    parentBeaconBlockRoot: emptyWord,
    requestsHash: emptyRequestsHash,
  } as const
}
