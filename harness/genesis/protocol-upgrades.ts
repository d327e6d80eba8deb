import { readFileSync } from 'node:fs'
import {
  type Address,
  concat,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  numberToHex,
  parseAbi,
} from 'viem'
import { vector, vectorPath } from '../../node/adapters/testing/vectors.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import { decodeDepositTransaction } from '../../node/protocol/deposit-transaction.ts'
import { depositorAccount, predeploys } from '../../node/protocol/predeploys.ts'
import { parseUpgradeBundle, type UpgradeBundle } from '../../node/protocol/upgrade-bundle.ts'
import { readContracts } from './contracts.ts'

/** What each transaction of `shared/vectors/upgrade-txs` is for. Source: the derivation.md of each fork. */
const intents = {
  ecotone: [
    'L1 Block Deployment',
    'Gas Price Oracle Deployment',
    'L1 Block Proxy Update',
    'Gas Price Oracle Proxy Update',
    'Gas Price Oracle Set Ecotone',
    'beacon block roots contract deployment',
  ],
  isthmus: [
    'L1 Block Deployment',
    'Gas Price Oracle Deployment',
    'Operator Fee Vault Deployment',
    'L1 Block Proxy Update',
    'Gas Price Oracle Proxy Update',
    'Operator Fee Vault Proxy Update',
    'Gas Price Oracle Set Isthmus',
    'EIP-2935 Contract Deployment',
  ],
  jovian: [
    'L1 Block Deployment',
    'L1 Block Proxy Update',
    'Gas Price Oracle Deployment',
    'Gas Price Oracle Proxy Update',
    'Gas Price Oracle Set Jovian',
  ],
} as const

/** The protocol's own upgrade transactions of a fork, from the vectors: check `hasVectors` first. */
export function protocolBundle(fork: keyof typeof intents | 'karst'): UpgradeBundle {
  if (fork === 'karst')
    return parseUpgradeBundle(JSON.parse(readFileSync(vectorPath('upgrade-bundles/karst.json'), 'utf8')))
  return intents[fork].map((intent, index) => {
    const { from, to, data, gas } = decodeDepositTransaction(upgradeVector(fork, index))
    return { intent, from, to, data, gasLimit: gas }
  })
}

/** One encoded transaction of the vectors. */
export function upgradeVector(fork: keyof typeof intents, index: number): Hex {
  return bytesToHex(vector(`upgrade-txs/${fork}_tx_${index}.hex`))
}

/**
 * Fjord's three transactions in the protocol's shape (fjord/derivation.md, "Network upgrade automation transactions"), with
 * our own GasPriceOracle in place of the protocol's, whose code is not among the vectors. A real client carries the
 * protocol's and cannot cross a Fjord made of these.
 */
export function ownFjordBundle(): UpgradeBundle {
  const from: Address = '0x4210000000000000000000000000000000000002'
  const oracle = predeploys.gasPriceOracle
  const upgradeTo = (implementation: Address) =>
    encodeFunctionData({ abi: parseAbi(['function upgradeTo(address)']), args: [implementation] })
  return [
    {
      intent: 'Gas Price Oracle Deployment',
      ...{ from, to: null, gasLimit: 1_450_000n },
      data: deployment(readContracts().GasPriceOracle.deployedBytecode),
    },
    {
      intent: 'Gas Price Oracle Proxy Update',
      ...{ from: zeroAddress, to: oracle, gasLimit: 50_000n },
      data: upgradeTo(getContractAddress({ from, nonce: 0n })),
    },
    {
      intent: 'Gas Price Oracle Set Fjord',
      ...{ from: depositorAccount, to: oracle, gasLimit: 90_000n },
      data: '0x8e98b106',
    },
  ]
}

const zeroAddress: Address = '0x0000000000000000000000000000000000000000'

/** Init code that leaves `code` behind: PUSH2 length, DUP1, PUSH1 12, PUSH1 0, CODECOPY, PUSH1 0, RETURN. */
function deployment(code: Hex): Hex {
  const length = numberToHex((code.length - 2) / 2, { size: 2 })
  return concat(['0x61', length, '0x80600c6000396000f3', code])
}
