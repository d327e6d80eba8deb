import { createBlockHeader } from '@ethereumjs/block'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, forkNames } from '../../../node/config/forks.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { decodeHeader, encodeHeader } from '../chain/header.ts'
import { createExecutor } from './executor.ts'
import { GenesisError, parseGenesis } from './genesis.ts'
import { commonFor } from './hardfork.ts'
import { createMemoryStore } from './memory-store.ts'
import { word } from './testing/test-chain.ts'

const timesTo = (last: ForkName) =>
  Object.fromEntries(forkNames.slice(0, forkNames.indexOf(last) + 1).map((name) => [`${name}Time`, 0]))

function extraDataOf(last: ForkName): string {
  const since = (fork: ForkName) => forkNames.indexOf(last) >= forkNames.indexOf(fork)
  if (!since('holocene')) return '0x'
  return since('jovian') ? `0x01000000fa00000006${'00'.repeat(8)}` : '0x00000000fa00000006'
}

interface File {
  readonly config: Record<string, unknown>
  readonly [field: string]: unknown
}

function file(last: ForkName, config: object = {}, fields: object = {}): File {
  const optimism = { eip1559Elasticity: 6, eip1559Denominator: 50 }
  return {
    config: { chainId: 901, ...timesTo(last), optimism, ...config },
    timestamp: '0x64',
    gasLimit: '0x1c9c380',
    baseFeePerGas: '0x3b9aca00',
    extraData: extraDataOf(last),
    alloc: {
      [predeploys.l2ToL1MessagePasser]: { nonce: '0x1', code: '0x00', storage: { [word(1n)]: word(5n) } },
      '00000000000000000000000000000000000000aa': { balance: '7' },
    },
    ...fields,
  }
}

const initialise = (json: unknown) => {
  const genesis = parseGenesis(json)
  return createExecutor({
    config: genesis.config,
    store: createMemoryStore(),
    header: () => undefined,
  }).initGenesis(genesis)
}

describe('the genesis block', () => {
  it.each<[ForkName, Readonly<Record<string, string>>]>([
    ['regolith', {}],
    ['canyon', {}],
    ['ecotone', {}],
    ['isthmus', {}],
    ['karst', {}],
    ['karst', { difficulty: '0x20000' }],
    ['karst', { nonce: '0x42' }],
    ['karst', { gasUsed: '0x5208' }],
    ['karst', { blobGasUsed: '0x20000', excessBlobGas: '0x40000' }],
    ['karst', { mixHash: word(9n), coinbase: '0x00000000000000000000000000000000000000ff' }],
    ['regolith', { extraData: '0x424544524f434b', nonce: '7', difficulty: '1', gasUsed: '3' }],
  ])('%s has the hash that EthereumJS computes, with %j', async (last, fields) => {
    const json = file(last, {}, fields)
    const genesis = await initialise(json)
    const { stateRoot, withdrawalsRoot } = genesis.header
    const given = (name: string) => fields[name] as Hex | undefined
    const number = (name: string) => BigInt(given(name) ?? 0)
    const reference = createBlockHeader(
      {
        stateRoot: hexToBytes(stateRoot),
        number: 0n,
        timestamp: 100n,
        gasLimit: 30_000_000n,
        baseFeePerGas: 1_000_000_000n,
        extraData: hexToBytes(given('extraData') ?? (extraDataOf(last) as Hex)),
        gasUsed: number('gasUsed'),
        difficulty: number('difficulty'),
        nonce: hexToBytes(`0x${number('nonce').toString(16).padStart(16, '0')}`),
        mixHash: hexToBytes(given('mixHash') ?? word(0n)),
        ...(given('coinbase') === undefined ? {} : { coinbase: given('coinbase') as Hex }),
        ...(withdrawalsRoot === undefined ? {} : { withdrawalsRoot: hexToBytes(withdrawalsRoot) }),
        ...(genesis.header.blobGasUsed === undefined
          ? {}
          : {
              blobGasUsed: number('blobGasUsed'),
              excessBlobGas: number('excessBlobGas'),
            }),
      },
      {
        common: commonFor(parseGenesis(json).config, last),
        skipConsensusFormatValidation: true,
      },
    )
    expect(genesis.hash).toBe(bytesToHex(reference.hash()))
    expect(decodeHeader(encodeHeader(genesis.header))).toEqual(genesis.header)
  })

  it("holds the message passer's storage root from Isthmus on, empty or not", async () => {
    const filled = await initialise(file('isthmus'))
    const empty = await initialise(file('isthmus', {}, { alloc: {} }))
    const emptyRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
    expect(empty.header.withdrawalsRoot).toBe(emptyRoot)
    expect(filled.header.withdrawalsRoot).not.toBe(emptyRoot)
    expect(filled.envelope.payload.withdrawalsRoot).toBe(filled.header.withdrawalsRoot)
    expect((await initialise(file('holocene'))).header.withdrawalsRoot).toBe(emptyRoot)
  })
})

describe('parseGenesis refuses what would be another chain', () => {
  it.each<[string, object, object, string]>([
    [
      'Lagoon',
      { lagoonTime: 5 },
      {},
      'config.lagoonTime: expected no value, found 5: this program knows the fork lagoon by name only',
    ],
    ['Interop', { interopTime: 0 }, {}, 'config.interopTime: expected no value, found 0'],
    [
      'a fork of the future',
      { quartzTime: 7 },
      {},
      'config.quartzTime: expected a fork that this program knows, found 7',
    ],
    ['a misspelt fork', { jovainTime: 7 }, {}, 'the nearest known key is jovianTime'],
    [
      'another spelling',
      { karst_time: 7 },
      {},
      'config.karst_time: expected a known key, found what looks like another spelling of karstTime',
    ],
    ["Ethereum's next fork", { amsterdamTime: 7 }, {}, 'config.amsterdamTime: expected a fork'],
    [
      'Shanghai at another time',
      { shanghaiTime: 5 },
      {},
      'config.shanghaiTime: expected 0 as canyonTime has it, found 5',
    ],
    ['Cancun at another time', { cancunTime: 5 }, {}, 'config.cancunTime: expected 0 as ecotoneTime has it'],
    [
      'Prague without Isthmus',
      { pragueTime: 5, isthmusTime: null },
      {},
      'config.pragueTime: expected no value as isthmusTime has it, found 5',
    ],
    [
      'Osaka without Karst',
      { osakaTime: 0 },
      {},
      'config.osakaTime: expected no value as karstTime has it, found 0',
    ],
    ['a fork by block number', { bedrockBlock: 105_235_063 }, {}, 'config.bedrockBlock: expected 0'],
    [
      'a number above 0',
      {},
      { number: '0x1' },
      'number: expected 0, since the chain of this engine begins with its genesis block',
    ],
    ['a parent', {}, { parentHash: word(1n) }, 'parentHash: expected 0, since a genesis block has no parent'],
    ['a state by hash', {}, { stateHash: word(1n) }, 'stateHash: expected none'],
    ['a nonce of nine bytes', {}, { nonce: `0x01${'00'.repeat(8)}` }, 'nonce: expected 8 bytes'],
    ['no parameters from Holocene on', {}, { extraData: '0x' }, 'extraData: expected 9 bytes of version 0'],
  ])('%s', (_name, config, fields, message) => {
    const parse = () => parseGenesis(file('holocene', config, fields))
    expect(parse).toThrow(GenesisError)
    expect(parse).toThrow(message)
  })

  it('blob gas before Ecotone', () => {
    expect(() => parseGenesis(file('canyon', {}, { blobGasUsed: 1 }))).toThrow('expected none before Ecotone')
  })

  it('and lets pass what changes nothing', () => {
    const config = {
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: null,
      lagoonTime: null,
      londonBlock: 0,
      mergeNetsplitBlock: null,
      terminalTotalDifficulty: 0,
      terminalTotalDifficultyPassed: true,
      depositContractAddress: '0x00000000000000000000000000000000000000aa',
      blobSchedule: {},
      comment: 'mine',
    }
    const zero = { number: '0x0', parentHash: word(0n), stateHash: null, somethingElse: 5 }
    expect(parseGenesis(file('holocene', config, zero))).toEqual(parseGenesis(file('holocene')))
  })
})
