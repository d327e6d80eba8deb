import type { Address } from 'viem'

/** Sender of the L1 info transaction and of upgrade transactions that "set" a fork. Source: deposits.md. */
export const depositorAccount: Address = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'

/** Predeploys of every fork. Source: specs/protocol/predeploys.md. */
export const predeploys = {
  l2CrossDomainMessenger: '0x4200000000000000000000000000000000000007',
  gasPriceOracle: '0x420000000000000000000000000000000000000f',
  l2StandardBridge: '0x4200000000000000000000000000000000000010',
  sequencerFeeVault: '0x4200000000000000000000000000000000000011',
  l1Block: '0x4200000000000000000000000000000000000015',
  l2ToL1MessagePasser: '0x4200000000000000000000000000000000000016',
  proxyAdmin: '0x4200000000000000000000000000000000000018',
  baseFeeVault: '0x4200000000000000000000000000000000000019',
  l1FeeVault: '0x420000000000000000000000000000000000001a',
  operatorFeeVault: '0x420000000000000000000000000000000000001b',
} as const satisfies Record<string, Address>
