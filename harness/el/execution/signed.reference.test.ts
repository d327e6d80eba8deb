import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP, paramsTx } from '@ethereumjs/tx'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import fc from 'fast-check'
import type { Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../../../node/config/forks.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { TransactionDecoder } from './decode-transaction.ts'
import { allocate } from './genesis-state.ts'
import { MachinePool } from './machine.ts'
import { createMemoryStore } from './memory-store.ts'
import { runSigned } from './signed.ts'
import { StateReader } from './state/state-reader.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import { alice, bob, chainId, genesisTime, lower, sign, testGenesis, word } from './testing/test-chain.ts'
import type { SignedTransaction } from './transaction.ts'

/** The forks that bring a new Ethereum fork. */
const hardforks = [
  ['regolith', Hardfork.Paris],
  ['canyon', Hardfork.Shanghai],
  ['ecotone', Hardfork.Cancun],
  ['isthmus', Hardfork.Prague],
  ['karst', Hardfork.Osaka],
] as const satisfies readonly (readonly [ForkName, Hardfork])[]

const environment = {
  number: 5n,
  timestamp: genesisTime,
  feeRecipient: '0x00000000000000000000000000000000000000fe',
  gasLimit: 30_000_000n,
  baseFeePerGas: 1000n,
  prevRandao: word(99n),
} as const

/** The sender, another account, and one that is not there yet. */
const newcomer = privateKeyToAccount(`0x${'7'.repeat(64)}`)
const authorities = [alice, bob, newcomer]

const calldata = fc.uint8Array({ maxLength: 2000 }).map(bytesToHex)
const targets = [...Object.values(contracts).map(({ address }) => address), bob.address, lower(alice.address)]
/** What a transaction does; the type is drawn too, so the same call is made in every way. */
const call = fc.record({
  type: fc.constantFrom('legacy', 'eip2930', 'eip1559', 'eip7702'),
  to: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...targets) }, fc.constant(undefined)),
  data: fc.oneof(
    calldata,
    fc
      .tuple(fc.bigInt(0n, 2n), fc.constantFrom(0n, 1n, 7n))
      .map(([slot, value]) => `${word(slot)}${word(value).slice(2)}` as Hex),
    fc.constantFrom<Hex[]>(
      '0x600160005360016000f3',
      '0x30ff',
      '0x60006000fd',
      word(0xa4n),
      ...authorities.map(({ address }) => word(BigInt(address))),
    ),
  ),
  value: fc.constantFrom(0n, 1n, 10n ** 18n),
  gas: fc.integer({ min: 21_000, max: 130_000 }).map(BigInt),
  listed: fc.constantFrom(...targets),
  delegates: fc.array(
    fc.record({
      to: fc.constantFrom(...targets, `0x${'00'.repeat(20)}` as const),
      nonce: fc.integer({ min: 0, max: 2 }),
      signer: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

type Call = typeof call extends fc.Arbitrary<infer T> ? T : never

/** Each authority alone, seen by a contract that measures what it costs to call it: warm, and refunded when it exists. */
const delegations = [0, 1, 2].map((signer): [Call[]] => [
  [
    {
      type: 'eip7702',
      to: contracts.probe.address,
      data: word(BigInt(authorities[signer]!.address)),
      value: 0n,
      gas: 130_000n,
      listed: contracts.store.address,
      delegates: [{ to: contracts.log.address, nonce: signer === 0 ? 1 : 0, signer }],
    },
  ],
])

async function encode(nonce: number, drawn: Call): Promise<Hex> {
  const { type, to, data, value, gas, listed } = drawn
  const accessList = [{ address: listed, storageKeys: [word(0n), word(1n)] }]
  const plain = { nonce, data, value, gas, ...(to === undefined ? {} : { to }) }
  const noFees = { maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
  if (type === 'legacy') return sign(alice, { ...plain, ...noFees, type, gasPrice: 5000n } as never)
  if (type === 'eip2930')
    return sign(alice, { ...plain, ...noFees, type, gasPrice: 5000n, accessList } as never)
  if (type === 'eip1559') return sign(alice, { ...plain, type, accessList } as never)
  const authorizationList = await Promise.all(
    drawn.delegates.map(({ to: contractAddress, nonce: offset, signer }) =>
      authorities[signer]!.signAuthorization({
        contractAddress,
        chainId: offset === 2 ? 0 : chainId,
        nonce: signer === 0 ? nonce + offset : offset,
      }),
    ),
  )
  return sign(alice, { ...plain, to: to ?? bob.address, type, accessList, authorizationList } as never)
}

describe.each(hardforks)('a transaction without rollup fees at %s', (fork, hardfork) => {
  const genesis = testGenesis({ forks: forksActiveFrom(fork), alloc: contractAlloc })
  const common = createCustomCommon({ name: 'test', chainId }, Mainnet, { hardfork })
  common.updateParams(paramsTx)

  /** EthereumJS' own transition, with the base fee given to its vault instead of burnt. */
  async function reference(raws: readonly Hex[]) {
    const stateManager = new MerkleStateManager({ common })
    for (const [address, { balance, nonce, code, storage }] of genesis.alloc) {
      const at = createAddressFromString(address)
      await stateManager.putAccount(at, new Account(nonce, balance))
      if (code !== '0x') await stateManager.putCode(at, hexToBytes(code))
      for (const [slot, value] of storage)
        await stateManager.putStorage(at, hexToBytes(slot), hexToBytes(value))
    }
    const vm = await createVM({ common, stateManager })
    const header = {
      ...environment,
      coinbase: createAddressFromString(environment.feeRecipient),
      difficulty: 0n,
      prevRandao: hexToBytes(environment.prevRandao),
      getBlobGasPrice: () => 1n,
    }
    const outcomes: string[] = []
    for (const raw of raws)
      try {
        const tx = createTxFromRLP(hexToBytes(raw), { common })
        const result = await runTx(vm, {
          tx,
          block: { header, common } as never,
          skipHardForkValidation: true,
        })
        const vault = createAddressFromString(predeploys.baseFeeVault)
        const account = (await stateManager.getAccount(vault)) ?? new Account()
        account.balance += result.totalGasSpent * environment.baseFeePerGas
        await stateManager.putAccount(vault, account)
        const logs =
          result.execResult.exceptionError === undefined ? (result.execResult.logs?.length ?? 0) : 0
        outcomes.push(
          `${result.execResult.exceptionError === undefined ? 1 : 0} ${result.totalGasSpent} ${logs}`,
        )
      } catch {
        outcomes.push('refused')
      }
    return { outcomes, root: bytesToHex(await stateManager.getStateRoot()) }
  }

  async function ours(raws: readonly Hex[]) {
    const store = createMemoryStore()
    const reader = new StateReader(store)
    const { root, batch } = allocate(reader, genesis.alloc)
    await store.write(batch)
    const decoder = new TransactionDecoder(BigInt(chainId))
    return new MachinePool(genesis.config, reader).use(
      root,
      environment,
      () => word(0n),
      async (machine) => {
        const outcomes: string[] = []
        for (const raw of raws)
          try {
            const transaction = decoder.decode(raw) as SignedTransaction
            const charges = { l1Fee: 0n, operatorFee: () => 0n }
            const result = await runSigned(
              machine,
              BigInt(chainId),
              transaction,
              charges,
              environment.gasLimit,
            )
            outcomes.push(`${result.status} ${result.gasUsed} ${result.logs.length}`)
          } catch {
            outcomes.push('refused')
          }
        return { outcomes, root: machine.state.seal().root }
      },
    )
  }

  it('does what EthereumJS does', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 5 }), async (drawn) => {
        const raws = await Promise.all(drawn.map((values, nonce) => encode(nonce, values)))
        const [expected, found] = [await reference(raws), await ours(raws)]
        expect(found).toEqual(expected)
        for (const outcome of found.outcomes) seen.add(outcome.slice(0, 1))
      }),
      { numRuns: 25, examples: delegations },
    )
    expect([...seen].sort()).toEqual(['0', '1', 'r'])
  }, 60_000)
})
