import { type Address, type Hex, pad } from 'viem'

/** An account of a genesis state. */
export interface GenesisAccount {
  readonly balance: Hex
  readonly nonce?: Hex
  readonly code?: Hex
  readonly storage?: Readonly<Record<Hex, Hex>>
}

/** A `genesis.json` as geth and op-geth read it. */
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
