import type { Address, Hex } from 'viem'

/** Asks for the chain's Canyon constants. Source: holocene/exec-engine.md, "Payload Attributes Processing". */
export const unsetEip1559Params: Hex = '0x0000000000000000'

/**
 * The L2 system configuration that an L1 origin fixes.
 * Source: specs/protocol/system-config.md.
 */
export interface SystemConfig {
  readonly batcherAddr: Address
  /** 32 bytes. Ignored from Ecotone on. */
  readonly overhead: Hex
  /** 32 bytes: version 0 is the Bedrock scalar, version 1 packs blobBaseFeeScalar and baseFeeScalar. */
  readonly scalar: Hex
  readonly gasLimit: bigint
  /** Holocene: 8 bytes, denominator ‖ elasticity; all zero means "the chain's Canyon constants". */
  readonly eip1559Params: Hex
  /** Isthmus: 32 bytes, 20 zero ‖ operatorFeeScalar u32 ‖ operatorFeeConstant u64. */
  readonly operatorFeeParams: Hex
  /** Jovian: wei. */
  readonly minBaseFee: bigint
  /** Jovian: 0 means the default of 400. */
  readonly daFootprintGasScalar: number
}
