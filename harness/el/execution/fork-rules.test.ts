import type { Address, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../../../node/config/forks.ts'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import { predeploys } from '../../../node/protocol/predeploys.ts'
import { beaconRootsContract, historyStorageContract } from '../../genesis/system-contracts.ts'
import { create2Deployer } from './create2-deployer.ts'
import { createMemoryStore } from './memory-store.ts'
import { MissingStateError } from './state/state-reader.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import {
  alice,
  blockTime,
  bob,
  carol,
  deposit,
  genesisTime,
  sign,
  TestChain,
  word,
} from './testing/test-chain.ts'

const at = (fork: ForkName) => ({ ...forksActiveFrom(fork) })
/** `fork` starts with the second block after genesis. */
const later = (before: ForkName, fork: ForkName) => ({
  ...forksActiveFrom(before),
  [fork]: genesisTime + 2n * blockTime,
})
const systemAlloc = Object.fromEntries(
  [beaconRootsContract, historyStorageContract].map(({ address, code }) => [address, { code, nonce: 1n }]),
)

describe('Canyon (canyon/overview.md)', () => {
  it('has the create2 deployer that mainnet has', () => {
    expect(keccak256(hexToBytes(create2Deployer.code))).toBe(
      '0xb0550b5b431e30d38000efb7107aaa0ade03d48a7198a140edda9d27134468b2',
    )
  })

  it('puts it in place in its first block only, and keeps nonce and balance', async () => {
    const alloc = { [create2Deployer.address]: { nonce: 3n, balance: 9n, code: '0xfe' as Hex } }
    const chain = await TestChain.start({ forks: later('regolith', 'canyon'), alloc })
    await chain.next()
    expect(await chain.view.code(create2Deployer.address)).toBe('0xfe')
    await chain.next()
    expect(await chain.view.code(create2Deployer.address)).toBe(create2Deployer.code)
    expect(await chain.view.nonce(create2Deployer.address)).toBe(3n)
    expect(await chain.view.balance(create2Deployer.address)).toBe(9n)
  })

  it('has the root over no withdrawals in the header', async () => {
    const chain = await TestChain.start({ forks: later('regolith', 'canyon') })
    expect((await chain.next()).header.withdrawalsRoot).toBeUndefined()
    expect((await chain.next()).header.withdrawalsRoot).toBe(emptyTrieRoot)
  })

  it('warms the fee recipient (EIP-3651)', async () => {
    // BALANCE of COINBASE, its gas stored in slot 0.
    const code: Hex = '0x5a4131505a9003600055'
    const alloc = { [contracts.store.address]: { code, nonce: 1n } }
    const gas = async (fork: ForkName) => {
      const chain = await TestChain.start({ forks: at(fork), alloc })
      await chain.next([deposit({ from: bob.address, to: contracts.store.address })])
      return BigInt(await chain.view.storage(contracts.store.address, word(0n)))
    }
    expect((await gas('regolith')) - (await gas('canyon'))).toBe(2500n)
  })
})

describe('Ecotone (exec-engine.md, "Ecotone: Beacon Block Root" and "disable Blob-transactions")', () => {
  it('stores the parent beacon block root as a call of the system address does', async () => {
    const chain = await TestChain.start({ forks: at('ecotone'), alloc: systemAlloc })
    const { header } = await chain.next()
    const index = header.timestamp % 8191n
    expect(await chain.view.storage(beaconRootsContract.address, word(index))).toBe(word(header.timestamp))
    expect(await chain.view.storage(beaconRootsContract.address, word(index + 8191n))).toBe(
      header.parentBeaconBlockRoot,
    )
    // The contract finds it, so the slots are those that its own code uses.
    const answer = await chain.view.call({ to: beaconRootsContract.address, data: word(header.timestamp) })
    expect(answer).toMatchObject({ status: 'success', returnData: header.parentBeaconBlockRoot })
  })

  it('changes nothing while the contract is not there', async () => {
    const chain = await TestChain.start({ forks: at('isthmus') })
    await chain.next()
    for (const { address } of [beaconRootsContract, historyStorageContract]) {
      expect(await chain.view.code(address)).toBe('0x')
      expect((await chain.view.proof(address, [])).storageHash).toBe(emptyTrieRoot)
    }
  })

  it('has a BLOBBASEFEE of 1, even with a DA footprint in blobGasUsed', async () => {
    for (const fork of ['ecotone', 'jovian', 'karst'] as const) {
      const chain = await TestChain.start({ forks: at(fork), alloc: contractAlloc })
      const raw = await sign(alice, { nonce: 0, to: contracts.blobBaseFee.address })
      await chain.build(chain.attributes([], { noTxPool: false }), [raw])
      await chain.next([deposit({ from: bob.address, to: contracts.blobBaseFee.address })])
      expect(await chain.view.storage(contracts.blobBaseFee.address, word(0n))).toBe(word(2n))
    }
  })
})

describe('Isthmus (isthmus/exec-engine.md)', () => {
  it("has the message passer's storage root in the header, from its first block on", async () => {
    const alloc = { [predeploys.l2ToL1MessagePasser]: { code: contracts.store.code, nonce: 1n } }
    const chain = await TestChain.start({ forks: later('holocene', 'isthmus'), alloc })
    const data = `${word(5n)}${word(6n).slice(2)}` as const
    const send = deposit({ from: bob.address, to: predeploys.l2ToL1MessagePasser, data })
    expect((await chain.next()).header.withdrawalsRoot).toBe(emptyTrieRoot)
    const { header } = await chain.next([send])
    const { storageHash } = await chain.view.proof(predeploys.l2ToL1MessagePasser, [])
    expect(header.withdrawalsRoot).toBe(storageHash)
    expect(storageHash).not.toBe(emptyTrieRoot)
  })

  it('has it in the genesis block when it is active there', async () => {
    const chain = await TestChain.start({ forks: at('isthmus') })
    const { storageHash } = await chain.view.proof(predeploys.l2ToL1MessagePasser, [])
    expect(chain.head.header.withdrawalsRoot).toBe(storageHash)
  })

  it('has the hash of no requests, whatever the logs', async () => {
    const chain = await TestChain.start({ forks: at('isthmus') })
    const { header } = await chain.next()
    expect(header.requestsHash).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it("stores the parent's hash in EIP-2935's contract", async () => {
    const chain = await TestChain.start({ forks: at('isthmus'), alloc: systemAlloc })
    const parent = chain.head.hash
    await chain.next()
    expect(await chain.view.storage(historyStorageContract.address, word(0n))).toBe(parent)
    await chain.next()
    expect((await chain.view.call({ to: historyStorageContract.address, data: word(0n) })).returnData).toBe(
      parent,
    )
  })

  it('takes type 4 transactions from then on', async () => {
    const chain = await TestChain.start({ forks: later('holocene', 'isthmus'), alloc: contractAlloc })
    const authorization = await bob.signAuthorization({
      contractAddress: contracts.log.address,
      chainId: 901,
      nonce: 0,
    })
    const raw = await sign(alice, {
      nonce: 0,
      type: 'eip7702',
      to: bob.address,
      data: word(1n),
      authorizationList: [authorization],
    } as never)
    await expect(
      chain.executor.build(chain.head.header, chain.attributes([raw]), { pool: [] }),
    ).rejects.toThrow('unsupported type')
    await chain.next()
    const block = await chain.next([raw])
    expect(block.receipts[1]!.logs).toHaveLength(1)
    expect(await chain.view.code(bob.address)).toBe(`0xef0100${contracts.log.address.slice(2)}`)
  })
})

describe('Jovian (jovian/exec-engine.md, "DA Footprint Block Limit")', () => {
  it('counts user transactions, at least 100 bytes each, times the scalar of the L1 info', async () => {
    const chain = await TestChain.start({ forks: at('jovian') })
    const pool = [
      await sign(alice, { nonce: 0, to: bob.address }),
      await sign(bob, { nonce: 0, to: bob.address }),
    ]
    const { block } = await chain.build(chain.attributes([], { noTxPool: false }), pool)
    expect(block.header.blobGasUsed).toBe(2n * 100n * 400n)
    expect(block.header.excessBlobGas).toBe(0n)
    expect(block.receipts[1]!.daFootprint).toBe(40_000n)
    expect(block.receipts[0]!.daFootprint).toBeUndefined()
    expect((await chain.next()).header.blobGasUsed).toBe(0n)
  })

  it('keeps it within the gas limit: the builder passes over what does not fit', async () => {
    const chain = await TestChain.start({ forks: at('jovian'), gasLimit: 1_100_000n })
    const data =
      `0x${Array.from({ length: 3500 }, (_, index) => keccak256(Uint8Array.of(index & 255, index >> 8)).slice(2, 4)).join('')}` as const
    const gas = 300_000n
    const pool = [
      await sign(alice, { nonce: 0, to: bob.address, data, gas }),
      await sign(alice, { nonce: 1, to: bob.address }),
      await sign(bob, { nonce: 0, to: bob.address }),
    ]
    const attributes = chain.attributes([], { noTxPool: false })
    const { block, rejected } = await chain.executor.build(chain.head.header, attributes, { pool })
    expect(block.transactions.slice(1).map(({ raw }) => raw)).toEqual([pool[2]])
    expect(rejected).toEqual([])
    const forced = chain.attributes([pool[0]!])
    await expect(chain.executor.build(chain.head.header, forced, { pool: [] })).rejects.toThrow(
      'block DA footprint limit reached',
    )
  })
})

describe('BLOCKHASH', () => {
  it('walks the branch that the block stands on', async () => {
    const chain = await TestChain.start({ forks: at('isthmus'), alloc: contractAlloc })
    const hashes = [chain.head.hash, (await chain.next()).hash, (await chain.next()).hash]
    await chain.next([deposit({ from: bob.address, to: contracts.blockHash.address })])
    expect(await chain.view.storage(contracts.blockHash.address, word(0n))).toBe(hashes[2])
    expect(await chain.view.storage(contracts.blockHash.address, word(1n))).toBe(hashes[1])
  })
})

describe('precompiles', () => {
  /** What a probe sees: success, length of the answer, gas. */
  async function probe(fork: ForkName, address: number, input: Hex, gas = 29_000_000n) {
    const chain = await TestChain.start({ forks: at(fork), alloc: contractAlloc, gasLimit: 400_000_000n })
    const data = `${word(BigInt(address))}${input.slice(2)}` as const
    await chain.next([deposit({ from: bob.address, to: contracts.probe.address, data, gas })])
    const read = async (slot: bigint) => BigInt(await chain.view.storage(contracts.probe.address, word(slot)))
    return { success: await read(0n), length: await read(1n), gas: (await read(2n)) - 130n }
  }

  it.each([
    ['ecotone', 0n, 0n],
    ['fjord', 32n, 3450n],
    ['jovian', 32n, 3450n],
  ] as const)('P256VERIFY in %s (precompiles.md)', async (fork, length, gas) => {
    const input =
      '0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4da73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d604aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff37618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e'
    const seen = await probe(fork, 0x100, input)
    expect(seen.length).toBe(length)
    // A cold account that is no precompile costs 2600 instead of 100.
    expect(seen.gas).toBe(fork === 'ecotone' ? 2500n : gas)
    expect((await probe(fork, 0x100, '0x00')).length).toBe(0n)
  })

  it.each([
    ['fjord', 0x08, 192 * 587, 1n],
    ['granite', 0x08, 192 * 586, 1n],
    ['granite', 0x08, 192 * 587, 0n],
    ['jovian', 0x08, 192 * 427, 1n],
    ['jovian', 0x08, 192 * 428, 0n],
    ['isthmus', 0x0c, 513_920, 0n],
    ['jovian', 0x0c, 289_120, 0n],
    ['isthmus', 0x0e, 488_736, 0n],
    ['jovian', 0x0e, 279_072, 0n],
    ['isthmus', 0x0f, 235_392, 0n],
    ['jovian', 0x0f, 157_056, 0n],
    ['karst', 0x0c, 289_120, 0n],
    ['karst', 0x0e, 279_072, 0n],
    ['karst', 0x0f, 156_672, 1n],
    ['karst', 0x0f, 157_056, 0n],
  ] as const)('%s: precompile %i with %i bytes', async (fork, address, size, expected) => {
    // All points at infinity: valid, and cheap to check.
    const { success } = await probe(fork, address, `0x${'00'.repeat(size)}`, 350_000_000n)
    expect(success).toBe(expected)
  })

  it('never throws out of the point evaluation (EIP-4844): a proof is valid or the call fails', async () => {
    const commitment = `c0${'00'.repeat(47)}`
    const versionedHash = '010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014'
    // The polynomial 0: commitment and proof at infinity, value 0 anywhere.
    const valid: Hex = `0x${versionedHash}${word(3n).slice(2)}${word(0n).slice(2)}${commitment}${commitment}`
    expect(await probe('ecotone', 0x0a, valid)).toEqual({ success: 1n, length: 64n, gas: 50_000n })
    const wrong: Hex = `0x${versionedHash}${word(3n).slice(2)}${word(1n).slice(2)}${commitment}${commitment}`
    expect((await probe('ecotone', 0x0a, wrong)).success).toBe(0n)
    const garbage: Hex = `0x${versionedHash}${'ff'.repeat(64)}${commitment}${'ff'.repeat(48)}`
    expect((await probe('ecotone', 0x0a, garbage)).success).toBe(0n)
  })
})

describe('an error that is not of the EVM', () => {
  const broken: Address = '0x00000000000000000000000000000000000000b1'
  const brokenCode: Hex = '0x5f5ffd00'

  /** A chain whose store fails when it is asked for the code of `broken`. */
  async function start(fail: () => Uint8Array | undefined) {
    const store = createMemoryStore()
    const state = { isBroken: true }
    const chain = await TestChain.start({
      forks: at('isthmus'),
      alloc: { ...contractAlloc, [broken]: { code: brokenCode, nonce: 1n } },
      store: {
        ...store,
        code: (hash) =>
          state.isBroken && hash === keccak256(hexToBytes(brokenCode)) ? fail() : store.code(hash),
      },
    })
    const build = async (pool: readonly Hex[]) =>
      chain.executor.build(chain.head.header, chain.attributes([], { noTxPool: false }), { pool })
    return { chain, state, build }
  }

  it('ends the block and leaves nothing: the next one is built on a clean machine', async () => {
    const { chain, state, build } = await start(() => undefined)
    const pool = [await sign(alice, { nonce: 0, to: broken })]
    await expect(build(pool)).rejects.toThrow(MissingStateError)
    await expect(chain.next([deposit({ from: bob.address, to: broken })])).rejects.toThrow(MissingStateError)
    state.isBroken = false
    const { block } = await build(pool)
    expect(block.receipts[1]).toMatchObject({ status: 0 })
    expect(await chain.view.nonce(alice.address)).toBe(0n)
  })

  it('costs a pool transaction its place, and the block goes on without a trace of it', async () => {
    const { build } = await start(() => {
      throw new Error('no such luck')
    })
    // The failure is two calls deep, after the sender paid and slots were written.
    const call = `${word(BigInt(contracts.probe.address))}${word(BigInt(broken)).slice(2)}` as const
    const failing = await sign(alice, { nonce: 0, to: contracts.probe.address, data: call })
    const rest = [
      await sign(bob, { nonce: 0, to: contracts.store.address, data: `${word(0n)}${word(1n).slice(2)}` }),
      await sign(carol, { nonce: 0, to: alice.address, value: 1n }),
    ]
    const { block, rejected } = await build([failing, ...rest])
    expect(rejected).toEqual([{ hash: keccak256(hexToBytes(failing)), reason: 'no such luck' }])
    const validator = await start(() => undefined)
    expect((await validator.build(rest)).block).toEqual(block)
  })
})
