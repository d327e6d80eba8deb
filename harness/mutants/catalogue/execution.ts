import type { Mutant } from '../mutant.ts'

const osaka = 'harness/el/execution/osaka.test.ts'
const genesis = 'harness/el/execution/genesis.test.ts'
const overrides = 'harness/el/rpc/call-overrides.test.ts'
const config = 'harness/el/rpc/eth-config.test.ts'

const notOverHttp =
  'calls pass between the components of a simulated world without HTTP and without batches of JSON-RPC'

/** The embedded execution engine, and the JSON-RPC that everybody shares. */
export const executionMutants: readonly Mutant[] = [
  {
    name: 'karst-without-osaka',
    rule: 'Karst runs the EVM of Osaka (EIP-7823, 7883, 7939)',
    source: 'karst/exec-engine.md',
    file: 'harness/el/execution/hardfork.ts',
    find: 'karst: Hardfork.Osaka',
    replace: 'karst: Hardfork.Prague',
    killers: [
      { file: osaka, test: 'Karst brings Osaka > EIP-7883: MODEXP gas, %s' },
      { file: osaka, test: 'Karst brings Osaka > EIP-7823: MODEXP takes at most 1024 bytes of each, %s' },
      { file: osaka, test: 'Karst brings Osaka > EIP-7939: CLZ of %i' },
    ],
  },
  {
    name: 'p256-at-the-old-price',
    rule: 'P256VERIFY costs 6900 from Karst on',
    source: 'EIP-7951',
    file: 'harness/el/execution/precompiles.ts',
    find: 'karst: 6_900n',
    replace: 'karst: 3_450n',
    killers: [{ file: osaka, test: 'Karst brings Osaka > EIP-7951: P256VERIFY costs 6900, called with %i' }],
  },
  {
    name: 'p256-of-any-length',
    rule: 'P256VERIFY takes exactly 160 bytes',
    source: 'EIP-7951',
    file: 'harness/el/execution/precompiles.ts',
    find: 'if (data.length !== 160) return false',
    replace: 'if (data.length < 160) return false\n  data = data.subarray(0, 160)',
    killers: [{ file: osaka, test: 'Karst brings Osaka > EIP-7951: P256VERIFY of %s' }],
  },
  {
    name: 'p256-low-s-only',
    rule: 'P256VERIFY takes signatures of a high s',
    source: 'EIP-7951',
    file: 'harness/el/execution/precompiles.ts',
    find: 'lowS: false',
    replace: 'lowS: true',
    killers: [{ file: osaka, test: 'Karst brings Osaka > EIP-7951: P256VERIFY of %s' }],
  },
  {
    name: 'pairing-as-large-as-in-jovian',
    rule: 'bn256Pairing takes 57 600 bytes at most from Karst on',
    source: 'karst/exec-engine.md',
    file: 'harness/el/execution/precompiles.ts',
    find: 'bytes: 57_600',
    replace: 'bytes: 81_984',
    killers: [{ file: osaka, test: 'Karst brings Osaka > karst/exec-engine.md: bn256Pairing of %i bytes' }],
  },
  {
    name: 'transaction-gas-unlimited',
    rule: 'a transaction may ask for 16 777 216 gas at most from Karst on',
    source: 'EIP-7825',
    file: 'harness/el/execution/signed.ts',
    find: 'if (rules.isKarst && gas > transactionGasMax)',
    replace: 'if (rules.isKarst && gas > 2n * transactionGasMax)',
    killers: [
      { file: osaka, test: "EIP-7825: a transaction's gas limit is at most 16 777 216 from Karst on > %i" },
      { file: osaka, test: 'makes a block with such a transaction invalid' },
    ],
  },
  {
    name: 'transaction-gas-limited-before-karst',
    rule: 'the limit of a transaction is no rule before Karst',
    source: 'EIP-7825',
    file: 'harness/el/execution/signed.ts',
    find: 'if (rules.isKarst && gas > transactionGasMax)',
    replace: 'if (gas > transactionGasMax)',
    killers: [{ file: osaka, test: 'is no rule before' }],
  },
  {
    name: 'call-gas-unlimited',
    rule: 'a call gets no more gas than a transaction can have',
    source: 'EIP-7825',
    file: 'harness/el/execution/state-view.ts',
    find: 'return isKarst && transactionGasMax < blockGasLimit ? transactionGasMax : blockGasLimit',
    replace: 'return isKarst && transactionGasMax < 0n ? transactionGasMax : blockGasLimit',
    killers: [{ file: osaka, test: 'limits what eth_call and eth_estimateGas may use' }],
  },
  ...(
    [
      ['difficulty', '...(difficulty === 0n ? {} : { difficulty }),', ''],
      ['nonce', '...(nonce === 0n ? {} : { nonce: bytesToHex(uintToBytes(nonce, 8)) }),', ''],
      ['gas used', 'gasUsed: data.gasUsed', 'gasUsed: 0n'],
      ['blob gas used', 'blobGasUsed: blobGasUsed ?? 0n', 'blobGasUsed: 0n'],
      ['excess blob gas', 'excessBlobGas: excessBlobGas ?? 0n', 'excessBlobGas: 0n'],
      ['mixHash', 'prevRandao: data.mixHash', 'prevRandao: zeroHash'],
      ['coinbase', 'feeRecipient: toAddress(data.coinbase)', "feeRecipient: toAddress('0x')"],
    ] as const
  ).map(
    ([field, find, replace]): Mutant => ({
      name: `genesis-without-${field.toLowerCase().replaceAll(' ', '-')}`,
      rule: `the ${field} of a genesis file goes into the header, and so into the hash`,
      source: 'issue 8, A; op-geth, Genesis.ToBlock',
      file: 'harness/el/execution/genesis.ts',
      find,
      replace,
      killers: [
        { file: genesis, test: 'the genesis block > %s has the hash that EthereumJS computes, with %j' },
      ],
    }),
  ),
  {
    name: 'genesis-with-a-parent',
    rule: 'a genesis field that the engine cannot honour is refused',
    source: 'issue 8, A',
    file: 'harness/el/execution/genesis.ts',
    find: "parentHash: zero('since a genesis block has no parent'),",
    replace: '',
    killers: [{ file: genesis, test: 'parseGenesis refuses what would be another chain > a parent' }],
  },
  {
    name: 'genesis-of-an-unknown-fork',
    rule: 'a fork that the engine does not know is refused, naming the nearest',
    source: 'issue 8, A',
    file: 'harness/el/execution/genesis-config.ts',
    find: "const refused = [...refusedForkKeys(config, { suffix: 'Time', alsoKnown: Object.keys(ethereumForks) })]",
    replace: 'const refused: RefusedKey[] = []',
    killers: [{ file: genesis, test: 'parseGenesis refuses what would be another chain > a misspelt fork' }],
  },
  {
    name: 'config-without-the-next-fork',
    rule: 'eth_config tells the next rules',
    source: 'EIP-7910',
    file: 'harness/el/rpc/eth-config.ts',
    find: 'next: hasNext ? describe(at + 1) : null',
    replace: 'next: hasNext ? describe(at) : null',
    killers: [
      { file: config, test: 'eth_config (EIP-7910) > tells the rules in force, the next and the last' },
    ],
  },
  {
    name: 'config-last-is-next',
    rule: 'eth_config tells the last rules that are scheduled',
    source: 'EIP-7910',
    file: 'harness/el/rpc/eth-config.ts',
    find: 'last: hasNext ? describe(times.length - 1) : null',
    replace: 'last: hasNext ? describe(at + 1) : null',
    killers: [
      { file: config, test: 'eth_config (EIP-7910) > tells the rules in force, the next and the last' },
    ],
  },
  {
    name: 'config-of-the-fork-before',
    rule: "a fork's rules hold from its own second on",
    source: 'EIP-7910',
    file: 'harness/el/rpc/eth-config.ts',
    find: 'times.findLastIndex((time) => time <= chain.head.header.timestamp)',
    replace: 'times.findLastIndex((time) => time < chain.head.header.timestamp)',
    killers: [{ file: config, test: 'eth_config (EIP-7910) > moves on with the first block of a fork' }],
  },
  {
    name: 'override-leaves-slots',
    rule: '`state` replaces all slots of an account',
    source: 'geth, StateOverride.Apply',
    file: 'harness/el/execution/state-override.ts',
    find: 'if (storage?.replacesAll) state.clearSlots(address)',
    replace: '',
    killers: [
      {
        file: overrides,
        test: 'state overrides of a call > replace all slots by state, and some by stateDiff',
      },
    ],
  },
  {
    name: 'override-beside-a-precompile',
    rule: 'code can stand in the place of a precompile, for this call only',
    source: 'geth, StateOverride.Apply',
    file: 'harness/el/execution/state-override.ts',
    find: 'for (const [address, run] of precompiles) evm.precompiles.set(address, run)',
    replace: '',
    killers: [
      {
        file: overrides,
        test: 'state overrides of a call > put code in the place of a precompile, for this call only',
      },
    ],
  },
  {
    name: 'override-as-a-write',
    rule: 'what is overridden is what the call began with, to the price of a write',
    source: 'EIP-2200',
    file: 'harness/el/execution/state-override.ts',
    find: '  state.endTransaction()\n',
    replace: '',
    killers: [{ file: overrides, test: 'are what the call began with, to the price of a write (EIP-2200)' }],
  },
  {
    name: 'override-without-nonce',
    rule: 'an override changes balance, nonce and code',
    source: 'geth, StateOverride.Apply',
    file: 'harness/el/execution/state-override.ts',
    find: 'nonce: nonce ?? account.nonce',
    replace: 'nonce: account.nonce',
    killers: [{ file: overrides, test: 'state overrides of a call > change balance, nonce and code' }],
  },
  {
    name: 'block-override-ignored',
    rule: 'a call finds the block that it names around it',
    source: 'geth, BlockOverrides.Apply',
    file: 'harness/el/execution/state-view.ts',
    find: '{ ...header, ...block, ',
    replace: '{ ...header, ',
    killers: [
      { file: overrides, test: 'block overrides of a call > change %s' },
      { file: osaka, test: 'a call that names a time has the rules of that time' },
    ],
  },
  {
    name: 'base-fee-of-a-call-without-a-price',
    rule: 'the base fee of a call without a price is 0',
    source: 'geth, applyMessage',
    file: 'harness/el/execution/state-view.ts',
    find: '(gasPrice === 0n ? { baseFeePerGas: 0n } : {})',
    replace: '(gasPrice < 0n ? { baseFeePerGas: 0n } : {})',
    killers: [
      {
        file: overrides,
        test: 'change baseFeePerGas, of a call that names a price: without one it is 0, as in geth',
      },
    ],
  },
  {
    name: 'batch-in-the-order-of-answers',
    rule: 'the answers of a batch belong to its calls by id',
    source: 'JSON-RPC 2.0, section 6',
    file: 'node/json-rpc/batch-answer.ts',
    find: 'if (parsed.success) byId.get(parsed.data.id)?.push(answer)',
    replace: 'if (parsed.success) byId.get(ids[answers.indexOf(answer)] ?? -1)?.push(answer)',
    killers: [
      {
        file: 'node/json-rpc/batch.test.ts',
        test: 'a batch at an unkind server > takes answers %s for what they are',
      },
    ],
    unseen: notOverHttp,
  },
  {
    name: 'batch-answered-twice',
    rule: 'two answers to one call are none',
    source: 'JSON-RPC 2.0, section 6',
    file: 'node/json-rpc/batch-answer.ts',
    find: "return another === undefined ? outcomeOf(one, failure) : rejected(failure('one came twice'))",
    replace: 'return another === undefined ? outcomeOf(one, failure) : outcomeOf(one, failure)',
    killers: [
      {
        file: 'node/json-rpc/batch.test.ts',
        test: 'a batch at an unkind server > takes answers %s for what they are',
      },
    ],
    unseen: notOverHttp,
  },
  {
    name: 'batch-refusal-forgotten',
    rule: 'a server that takes no batches is found out once',
    source: 'issue 8, C8',
    file: 'node/json-rpc/client.ts',
    find: "takesBatches = !alone.some(({ status }) => status === 'fulfilled')",
    replace: '',
    killers: [
      {
        file: 'node/json-rpc/batch.test.ts',
        test: 'is made one by one when it is refused by %s: found out once',
      },
    ],
    unseen: notOverHttp,
  },
  {
    name: 'batch-refusal-believed',
    rule: 'a refusal of a batch is believed only when its calls do better alone',
    source: 'issue 8, C8',
    file: 'node/json-rpc/client.ts',
    find: "takesBatches = !alone.some(({ status }) => status === 'fulfilled')",
    replace: 'takesBatches = false',
    killers: [
      { file: 'node/json-rpc/batch.test.ts', test: 'concludes nothing when the calls do no better alone' },
    ],
    unseen: notOverHttp,
  },
  {
    name: 'batch-unlimited',
    rule: 'a batch of more calls than the limit is refused as a whole',
    source: "geth's package rpc",
    file: 'node/json-rpc/dispatch.ts',
    find: 'if (value.length > batchMax) {',
    replace: 'if (value.length > 2 * batchMax) {',
    killers: [{ file: 'node/json-rpc/http-server.test.ts', test: 'limits the calls of a batch' }],
    unseen: notOverHttp,
  },
  {
    name: 'notification-answered',
    rule: 'a notification gets no answer, in a batch either',
    source: 'JSON-RPC 2.0, section 4.1',
    file: 'node/json-rpc/dispatch.ts',
    find: 'if (answer === null) continue',
    replace: "if (answer === null) {\n      answers.push('null')\n      continue\n    }",
    killers: [
      {
        file: 'node/json-rpc/http-server.test.ts',
        test: 'answers batches in order, without the notifications',
      },
      {
        file: 'node/json-rpc/http-server.test.ts',
        test: 'answers a notification %s with nothing, alone and in a batch',
      },
    ],
    unseen: notOverHttp,
  },
]
