import { createMPT, verifyMerkleProof } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../../node/config/forks.ts'
import { bytesToHex, hexToBytes } from '../../../node/protocol/bytes.ts'
import { CallFailedError } from './state-view.ts'
import { contractAlloc, contracts } from './testing/contracts.ts'
import { alice, bob, deposit, lower, sign, TestChain, word } from './testing/test-chain.ts'

const forks = forksActiveFrom('isthmus')
const store = contracts.store.address
const setSlot = (value: bigint) =>
  deposit({ from: bob.address, to: store, data: `${word(1n)}${word(value).slice(2)}` })

describe('a view', () => {
  it('shows the state after its block, also when the chain has moved on', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const first = await chain.next([setSlot(5n)])
    await chain.next([setSlot(6n)])
    expect(await chain.executor.view(first.header).storage(store, '0x1')).toBe(word(5n))
    expect(await chain.view.storage(store, word(1n))).toBe(word(6n))
    expect(await chain.view.code(store)).toBe(contracts.store.code)
    expect(await chain.view.code(alice.address)).toBe('0x')
    expect(await chain.view.balance(store)).toBe(5n)
    expect(await chain.view.nonce(store)).toBe(1n)
  })

  it('gives proofs that hold against the state root (EIP-1186), of what is there and of what is not', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const { header } = await chain.next([setSlot(5n)])
    const bytes = (nodes: readonly Hex[]) => nodes.map(hexToBytes)
    for (const address of [store, '0x00000000000000000000000000000000000000ff'] as const) {
      const proof = await chain.view.proof(address, [word(1n), word(2n)])
      const options = { useKeyHashing: true }
      const account = await verifyMerkleProof(hexToBytes(address), bytes(proof.accountProof), options)
      expect(account === null).toBe(address !== store)
      expect(
        bytesToHex((await createMPT({ useKeyHashing: true, root: hexToBytes(header.stateRoot) })).root()),
      ).toBe(header.stateRoot)
      if (address !== store) continue
      expect(proof.storageProof.map(({ value }) => value)).toEqual([5n, 0n])
      const values = await Promise.all(
        proof.storageProof.map(({ key, proof }) => verifyMerkleProof(hexToBytes(key), bytes(proof), options)),
      )
      expect(values).toEqual([RLP.encode(Uint8Array.of(5)), null])
    }
  })
})

describe('call', () => {
  it('changes nothing, and sees its block', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    await chain.next()
    const data = `${word(1n)}${word(9n).slice(2)}` as const
    expect(await chain.view.call({ from: alice.address, to: store, data })).toMatchObject({
      status: 'success',
    })
    expect(await chain.view.storage(store, word(1n))).toBe(word(0n))
    // NUMBER, MSTORE, RETURN as init code: the created code is the number.
    const created = await chain.view.call({ data: '0x4360005260206000f3' })
    expect(created).toMatchObject({ status: 'success', returnData: word(1n) })
  })

  it.each([
    [
      'reverts with its data',
      { to: contracts.revert.address, data: '0x1234' as Hex },
      { status: 'reverted', returnData: '0x1234' },
    ],
    [
      'fails without gas',
      { to: contracts.loop.address, gas: 50_000n },
      { status: 'failed', error: 'out of gas' },
    ],
    ['fails below the intrinsic gas', { to: store, gas: 20_000n }, { status: 'failed' }],
    ['fails without the value', { to: store, value: 1n }, { status: 'failed' }],
    [
      'fails without the money for the gas that it names a price for',
      { from: bob.address, to: store, gasPrice: 10n ** 18n },
      { status: 'failed' },
    ],
  ] as const)('%s', async (_case, request, expected) => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    expect(await chain.view.call(request)).toMatchObject(expected)
  })

  it('can go on beside another call and a block', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const { view } = chain
    const data = (value: bigint) => `${word(1n)}${word(value).slice(2)}` as const
    const results = await Promise.all([
      view.call({ to: store, data: data(1n) }),
      chain.next([setSlot(3n)]),
      view.estimateGas({ to: store, data: data(2n) }),
      view.call({ to: contracts.revert.address, data: '0xab' }),
    ])
    expect(results[0].status).toBe('success')
    expect(results[3].returnData).toBe('0xab')
    expect(await chain.view.storage(store, word(1n))).toBe(word(3n))
  })
})

describe('estimateGas', () => {
  it.each([
    ['a transfer', { to: bob.address, value: 1n }],
    ['a store', { to: store, data: `${word(1n)}${word(9n).slice(2)}` as Hex }],
    ['a creation', { data: '0x600160005360016000f3' as Hex }],
    [
      'a call that needs more than it uses',
      { to: contracts.create.address, data: '0x600160005360016000f3' as Hex },
    ],
    ['calldata that pays the floor (EIP-7623)', { to: bob.address, data: `0x${'ff'.repeat(500)}` as Hex }],
  ])('is enough for %s, and hardly too much', async (_case, request) => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const { view } = chain
    const gas = await view.estimateGas({ from: lower(alice.address), ...request })
    const { block } = await chain.build(chain.attributes([], { noTxPool: false }), [
      await sign(alice, { nonce: 0, ...request, gas }),
    ])
    expect(block.receipts[1]!.status).toBe(1)
    const tooLittle = await view.call({
      from: lower(alice.address),
      ...request,
      gas: (gas * 98n) / 100n - 1n,
    })
    expect(tooLittle.status).toBe('failed')
  })

  it('is refused with the revert data when nothing helps', async () => {
    const chain = await TestChain.start({ forks, alloc: contractAlloc })
    const attempt = chain.view.estimateGas({ to: contracts.revert.address, data: '0xbeef' })
    await expect(attempt).rejects.toMatchObject({ message: 'execution reverted', data: '0xbeef' })
    await expect(attempt).rejects.toThrow(CallFailedError)
    await expect(chain.view.estimateGas({ to: store, value: 1n })).rejects.toThrow('insufficient funds')
  })
})
