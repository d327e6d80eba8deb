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
import type { ChainParameters } from './chain-parameters.ts'
import { l1Addresses, readContracts } from './contracts.ts'

/** An account in a `genesis.json`. */
export interface GenesisAccount {
  readonly balance: Hex
  readonly nonce?: Hex
  readonly code?: Hex
  readonly storage?: Readonly<Record<Hex, Hex>>
}

/** A `genesis.json` as anvil, geth and op-geth read it. */
export interface GenesisFile {
  readonly config: Readonly<Record<string, unknown>>
  readonly nonce: Hex
  readonly timestamp: Hex
  readonly extraData: Hex
  readonly gasLimit: Hex
  readonly difficulty: Hex
  readonly mixHash: Hex
  readonly coinbase: Address
  readonly alloc: Readonly<Record<Address, GenesisAccount>>
  readonly number: Hex
  readonly gasUsed: Hex
  readonly parentHash: Hex
  readonly baseFeePerGas: Hex
  readonly excessBlobGas?: Hex
  readonly blobGasUsed?: Hex
}

export const emptyWord: Hex = pad('0x', { size: 32 })
export const zeroAddress: Address = '0x0000000000000000000000000000000000000000'

/** Every L1 account starts with this many wei. */
const balance = toHex(parseEther('1000000'))

/** L1 at block 0: the system config and deposit contracts in place, every account funded. */
export function l1GenesisFile(
  parameters: ChainParameters,
  accounts: Accounts,
  systemConfig: SystemConfig,
  timestamp: bigint,
): GenesisFile {
  const contracts = readContracts()
  const funded = [accounts.batcher, accounts.sequencer, ...accounts.users]
  return {
    config: { chainId: parameters.l1ChainId },
    nonce: '0x0',
    timestamp: toHex(timestamp),
    extraData: '0x',
    gasLimit: toHex(l1GasLimit),
    difficulty: '0x0',
    mixHash: emptyWord,
    coinbase: zeroAddress,
    number: '0x0',
    gasUsed: '0x0',
    parentHash: emptyWord,
    baseFeePerGas: toHex(l1GenesisBaseFee),
    alloc: {
      ...Object.fromEntries(funded.map(({ address }) => [address, { balance }])),
      [l1Addresses.systemConfig]: {
        balance: '0x0',
        nonce: '0x1',
        code: contracts.SystemConfig.deployedBytecode,
        storage: systemConfigStorage(accounts, systemConfig),
      },
      [l1Addresses.depositContract]: {
        balance: '0x0',
        nonce: '0x1',
        code: contracts.DepositContract.deployedBytecode,
      },
    },
  }
}

/** L1 block gas limit. */
export const l1GasLimit = 60_000_000n
/** Wei. */
export const l1GenesisBaseFee = 1_000_000_000n

/** Slots of `SystemConfig.sol`. */
function systemConfigStorage(accounts: Accounts, systemConfig: SystemConfig): Record<Hex, Hex> {
  return {
    [slot(0)]: pad(accounts.owner.address),
    [slot(1)]: pad(systemConfig.batcherAddr),
    [slot(2)]: systemConfig.scalar,
    [slot(3)]: toHex(systemConfig.gasLimit, { size: 32 }),
    [unsafeBlockSignerSlot]: pad(accounts.sequencer.address),
  }
}

function slot(index: number): Hex {
  return toHex(index, { size: 32 })
}

/**
 * The hash of block 0 as anvil makes it from `l1GenesisFile`: a Prague header with an empty state root (anvil does
 * not put the genesis allocation there), so that `rollup.json` is known before anvil runs. `startL1` checks it.
 */
export function l1GenesisHash(timestamp: bigint): Hash {
  return keccak256(
    toRlp([
      emptyWord, // parent
      emptyOmmersHash,
      zeroAddress, // fee recipient
      emptyTrieRoot, // state
      emptyTrieRoot, // transactions
      emptyTrieRoot, // receipts
      pad('0x', { size: 256 }), // bloom
      '0x', // difficulty
      '0x', // number
      numberToHex(l1GasLimit),
      '0x', // gas used
      numberToHex(timestamp),
      '0x', // extra data
      emptyWord, // mix hash
      pad('0x', { size: 8 }), // nonce
      numberToHex(l1GenesisBaseFee),
      emptyTrieRoot, // withdrawals
      '0x', // blob gas used
      '0x', // excess blob gas
      emptyWord, // parent beacon block root
      emptyRequestsHash,
    ]),
  )
}
