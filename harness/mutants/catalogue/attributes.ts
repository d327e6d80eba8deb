import type { Mutant } from '../mutant.ts'

const attributes = 'node/derivation/attributes-builder.test.ts'
const inbox = 'harness/batcher/inbox.test.ts'

/** What a block says of L1, and of the forks. Source of the rules: specs/protocol/derivation.md, "Building Individual Payload Attributes". */
export const attributesMutants: readonly Mutant[] = [
  {
    name: 'sequence-number-goes-on',
    rule: 'the sequence number begins at 0 with each epoch',
    source: 'specs/protocol/deposits.md, "L1 Attributes Deposited Transaction"',
    file: 'node/derivation/attributes-builder.ts',
    find: 'const sequenceNumber = isNewEpoch ? 0n : parent.sequenceNumber + 1n',
    replace: 'const sequenceNumber = parent.sequenceNumber + 1n',
    killers: [
      {
        file: attributes,
        test: 'createAttributesBuilder > counts the blocks of an epoch and starts again with the next',
      },
    ],
  },
  {
    name: 'upgrade-left-out',
    rule: 'the first block of a fork carries its upgrade transactions after the deposits',
    source: 'the derivation.md of each fork, "Network upgrade automation transactions"',
    file: 'node/derivation/attributes-builder.ts',
    find: '...upgrade.transactions]',
    replace: ']',
    killers: [
      {
        file: attributes,
        test: 'in the first block of a fork > adds the upgrade transactions after the deposits',
      },
      { scenario: 'Fork_EcotoneToIsthmus' },
    ],
  },
  {
    name: 'upgrade-gas-sticks',
    rule: "the gas of a fork's upgrade is its first block's alone, and no child inherits it",
    source: 'specs/protocol/l2-upgrades-1-execution.md, "Gas Allocation Specification"; optimism#21441',
    file: 'node/protocol/block-ref.ts',
    find: 'return { ...systemConfig, gasLimit: payload.gasLimit - upgradeGas }',
    replace: 'return systemConfig',
    killers: [
      { file: 'node/protocol/block-ref.test.ts', test: 'inheritedSystemConfig' },
      { scenario: 'Fork_JovianAndKarst' },
    ],
  },
  {
    name: 'deposits-left-out',
    rule: 'the first block of an epoch has the deposits of its L1 block',
    source: 'specs/protocol/derivation.md, "Deriving the Transaction List"',
    file: 'node/derivation/attributes-builder.ts',
    find: '[info, ...deposits].map(encodeDepositTransaction)',
    replace: '[info, ...deposits].slice(0, 1).map(encodeDepositTransaction)',
    killers: [{ file: inbox, test: 'what L1 tells L2 > puts deposits into the first block of their epoch' }],
  },
  {
    name: 'deposits-in-every-block',
    rule: 'no other block of an epoch has the deposits of its L1 block',
    source: 'specs/protocol/derivation.md, "Deriving the Transaction List"',
    file: 'node/derivation/attributes-builder.ts',
    find: 'isNewEpoch ? epochReceipts(epoch, signal) : []',
    replace: 'epochReceipts(epoch, signal)',
    killers: [{ file: inbox, test: 'what L1 tells L2 > puts deposits into the first block of their epoch' }],
  },
  {
    name: 'randomness-of-the-hash',
    rule: 'the randomness of a block is that of its L1 origin',
    source: 'specs/protocol/derivation.md, "Building Individual Payload Attributes"',
    file: 'node/derivation/attributes-builder.ts',
    find: 'prevRandao: header.mixHash',
    replace: 'prevRandao: header.hash',
    killers: [
      { file: attributes, test: 'createAttributesBuilder > gives %s the fields of its payload attributes' },
    ],
  },
]
