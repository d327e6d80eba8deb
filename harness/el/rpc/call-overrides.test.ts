import {
  type Address,
  concat,
  createPublicClient,
  getContractAddress,
  type Hash,
  type Hex,
  http,
  numberToHex,
  type PublicClient,
  pad,
  parseEther,
  parseGwei,
  sha256,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildBlock, createTestChain, startTestEl, type TestEl, testAttributes } from '../testing/test-el.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const other: Address = '0x00000000000000000000000000000000000000aa'
const nobody: Address = '0x00000000000000000000000000000000000000bb'
const word = (value: bigint | number): Hash => numberToHex(value, { size: 32 })
/** Gives what is on the stack. */
const giveTop: Hex = '0x5f5260205ff3'
const giveOwnBalance = concat(['0x47', giveTop])
/** CREATE of nothing, whose address tells the nonce. */
const giveCreated = concat(['0x5f5f5ff0', giveTop])
/** The slot that the calldata names. */
const giveSlot = concat(['0x5f3554', giveTop])
/** Slots 1 and 2 are 0x11 and 0x22. */
const initCode = concat(['0x60116001556022600255', '0x60098060135f395ff3', giveSlot])

let el: TestEl
let client: PublicClient
let contract: Address
let users: readonly ReturnType<typeof privateKeyToAccount>[]

beforeAll(async () => {
  const chain = await createTestChain('jovian')
  users = chain.accounts.users.map(({ privateKey }) => privateKeyToAccount(privateKey))
  el = await startTestEl(chain)
  client = createPublicClient({ transport: http(el.httpUrl), pollingInterval: 20 })
  const serializedTransaction = await users[0]!.signTransaction({
    type: 'eip1559',
    chainId: 901,
    gas: 300_000n,
    maxFeePerGas: parseGwei('5'),
    maxPriorityFeePerGas: parseGwei('1'),
    nonce: 0,
    data: initCode,
  })
  const hash = await client.sendRawTransaction({ serializedTransaction })
  await buildBlock(el, el.chain.head.hash, testAttributes(chain, 1n))
  const receipt = await client.getTransactionReceipt({ hash })
  expect(receipt.status).toBe('success')
  contract = receipt.contractAddress as Address
  expect(await client.getCode({ address: contract })).toBe(giveSlot)
})
afterAll(() => el.close())

const slots = async (stateOverride?: Parameters<PublicClient['call']>[0]['stateOverride']) => {
  const found: (bigint | null)[] = []
  for (const slot of [1, 2, 3]) {
    const { data } = await client.call({
      to: contract,
      data: word(slot),
      ...(stateOverride && { stateOverride }),
    })
    found.push(data === undefined ? null : BigInt(data))
  }
  return found
}
const ask = (method: string, ...params: unknown[]) =>
  client.request({ method, params } as never) as Promise<unknown>

describe('state overrides of a call', () => {
  it('change balance, nonce and code', async () => {
    const stateOverride = [{ address: other, balance: 12_345n, nonce: 7, code: giveOwnBalance }]
    expect((await client.call({ to: other, stateOverride })).data).toBe(word(12_345))
    const created = getContractAddress({ from: other, nonce: 7n })
    const { data } = await client.call({
      to: other,
      stateOverride: [{ address: other, nonce: 7, code: giveCreated }],
    })
    expect(data).toBe(pad(created.toLowerCase() as Hex))
  })

  it('replace all slots by state, and some by stateDiff', async () => {
    expect(await slots()).toEqual([0x11n, 0x22n, 0n])
    const change = [{ slot: word(2), value: word(5) }]
    expect(await slots([{ address: contract, stateDiff: change }])).toEqual([0x11n, 5n, 0n])
    expect(await slots([{ address: contract, state: change }])).toEqual([0n, 5n, 0n])
    const nothing = { [contract]: { state: {} } }
    expect(await ask('eth_call', { to: contract, data: word(1) }, 'latest', nothing)).toBe(word(0))
    // The state, and the machine that the next call may get, are as before.
    expect(await slots()).toEqual([0x11n, 0x22n, 0n])
  })

  it('are what the call began with, to the price of a write (EIP-2200)', async () => {
    // SSTORE of 5 into slot 2: nothing changes when it is 5 already.
    const code: Hex = '0x600560025500'
    const gas = async (value: number) => {
      const accounts = { [contract]: { code, stateDiff: { [word(2)]: word(value) } } }
      const { gasUsed } = (await ask('eth_createAccessList', { to: contract }, 'latest', accounts)) as {
        gasUsed: Hex
      }
      return BigInt(gasUsed)
    }
    const [same, changed, fresh] = [await gas(5), await gas(6), await gas(0)]
    expect([changed - same, fresh - same]).toEqual([2_800n, 19_900n])
  })

  it('put code in the place of a precompile, for this call only', async () => {
    const address: Address = '0x0000000000000000000000000000000000000002'
    const { data } = await client.call({
      to: address,
      data: '0x01',
      stateOverride: [{ address, code: giveOwnBalance }],
    })
    expect(data).toBe(word(0))
    expect((await client.call({ to: address, data: '0x01' })).data).toBe(sha256('0x01'))
  })

  it('let nobody pay, for a call, an estimate and an access list', async () => {
    const payment = { from: nobody, to: other, value: parseEther('1'), maxFeePerGas: parseGwei('5') }
    const { from: account, ...rest } = payment
    await expect(client.estimateGas({ account, ...rest })).rejects.toThrow(/insufficient funds/)
    const stateOverride = [{ address: nobody, balance: parseEther('2') }]
    expect(await client.estimateGas({ account, ...rest, stateOverride })).toBe(21_000n)
    expect((await client.call({ account, ...rest, gas: 21_000n, stateOverride })).data).toBeUndefined()
    const accounts = { [nobody]: { balance: numberToHex(parseEther('2')) } }
    const call = { from: nobody, to: other, value: numberToHex(parseEther('1')), gasPrice: numberToHex(1e9) }
    expect(await ask('eth_createAccessList', { ...call, gas: '0x5208' }, 'latest', accounts)).toEqual({
      accessList: [],
      gasUsed: '0x5208',
    })
  })

  it('are refused in geth’s words when they say two things of the storage', async () => {
    const both = { [other]: { state: {}, stateDiff: {} } }
    expect(
      await el.rpc.request('eth_call', [{ to: other }, 'latest', both]).catch((error: unknown) => error),
    ).toMatchObject({
      code: -32000,
      message: `account ${other} has both 'state' and 'stateDiff'`,
    })
  })
})

/** Calls code that gives what one opcode of the block leaves on the stack. */
const opcode = (code: Hex, block: object, call: object = {}) =>
  ask('eth_call', { to: other, ...call }, 'latest', { [other]: { code: concat([code, giveTop]) } }, block)

describe('block overrides of a call', () => {
  it.each<[string, Hex, object, Hash]>([
    ['number', '0x43', { number: '0x1234' }, word(0x1234)],
    ['time', '0x42', { time: numberToHex(1_900_000_000) }, word(1_900_000_000)],
    ['gasLimit', '0x45', { gasLimit: '0x989680' }, word(10_000_000)],
    ['feeRecipient', '0x41', { feeRecipient: nobody }, pad(nobody)],
    ['prevRandao', '0x44', { prevRandao: word(77) }, word(77)],
    ['blobBaseFee', '0x4a', { blobBaseFee: '0x9' }, word(9)],
  ])('change %s', async (_, code, block, expected) => {
    const before = await opcode(code, {})
    expect(await opcode(code, block)).toBe(expected)
    expect(before).not.toBe(expected)
    expect(await opcode(code, {})).toBe(before)
  })

  it('change baseFeePerGas, of a call that names a price: without one it is 0, as in geth', async () => {
    const { baseFeePerGas } = await client.getBlock()
    const priced = { from: users[0]!.address, gas: '0x186a0', gasPrice: numberToHex(parseGwei('5')) }
    expect(await opcode('0x48', {}, priced)).toBe(word(baseFeePerGas!))
    expect(await opcode('0x48', { baseFeePerGas: '0x7' }, priced)).toBe(word(7))
    expect(await opcode('0x48', {})).toBe(word(0))
    expect(await opcode('0x48', { baseFeePerGas: '0x7' })).toBe(word(0))
  })

  it('let no hash be found of a block that is not there yet', async () => {
    const { hash } = await client.getBlock({ blockNumber: 0n })
    const blockHash = (number: number) => concat(['0x60', numberToHex(number, { size: 1 }), '0x40'])
    expect(await opcode(blockHash(0), { number: '0x9' })).toBe(hash)
    expect(await opcode(blockHash(5), { number: '0x9' })).toBe(word(0))
  })

  it('count for an estimate', async () => {
    // Costs a write when the number is 9.
    const code: Hex = '0x60094314600857005b600160005500'
    const estimate = (block: object) =>
      ask('eth_estimateGas', { to: other }, 'latest', { [other]: { code } }, block).then((gas) =>
        BigInt(gas as Hex),
      )
    expect((await estimate({ number: '0x9' })) - (await estimate({}))).toBeGreaterThan(20_000n)
  })

  it.each([
    [{ beaconRoot: word(1) }, -32000, 'block override "beaconRoot" is not supported for this RPC method'],
    [{ withdrawals: [] }, -32000, 'block override "withdrawals" is not supported for this RPC method'],
    [{ number: 9 }, -32602, 'invalid argument 3'],
    [{ time: '0x1ffffffffffffffff' }, -32602, 'invalid argument 3'],
  ])('are refused in geth’s words: %j', async (block, code, message) => {
    const refused = await el.rpc
      .request('eth_call', [{ to: other }, 'latest', {}, block])
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, message: expect.stringContaining(message) })
  })
})

describe('a call with authorizations (EIP-7702)', () => {
  const delegation = (nonce: number, chainId = 901) =>
    users[1]!.signAuthorization({ chainId, contractAddress: contract, nonce })
  const call = async (authorizationList?: Parameters<PublicClient['call']>[0]['authorizationList']) =>
    (
      await client.call({
        account: users[0]!.address,
        to: users[1]!.address,
        data: word(1),
        ...(authorizationList && { authorizationList }),
      })
    ).data

  it('runs the code that the authority delegates to, on its own storage', async () => {
    expect(await call()).toBeUndefined()
    expect(await call([await delegation(0)])).toBe(word(0))
    expect(await call([await delegation(0, 0)])).toBe(word(0))
    expect(await call()).toBeUndefined()
  })

  it('skips those that are not valid', async () => {
    expect(await call([await delegation(1)])).toBeUndefined()
    expect(await call([await delegation(0, 902)])).toBeUndefined()
    const signed = await delegation(0)
    expect(await call([{ ...signed, s: word(0) }])).toBeUndefined()
  })

  it('costs 25000 gas for each, less what an authority that exists gives back', async () => {
    const [account, to] = [users[0]!.address, users[1]!.address]
    const authorizationList = [await delegation(0)]
    const plain = await client.estimateGas({ account, to: other })
    const estimate = await client.estimateGas({ account, to, authorizationList })
    expect(plain).toBe(21_000n)
    expect(estimate).toBeGreaterThan(46_000n)
    expect(estimate).toBeLessThan(60_000n)
    const short = el.rpc.request('eth_call', [
      { to, gas: numberToHex(45_000), authorizationList: [await rpcForm()] },
    ])
    await expect(short).rejects.toMatchObject({
      code: -32000,
      message: 'intrinsic gas too low: have 45000, want 46000',
    })
  })

  const rpcForm = async () => {
    const { address, chainId, nonce, r, s, yParity } = await delegation(0)
    const quantity = (value: Hex) => numberToHex(BigInt(value))
    return {
      address,
      chainId: numberToHex(chainId),
      nonce: numberToHex(nonce),
      r: quantity(r),
      s: quantity(s),
      yParity: numberToHex(yParity ?? 0),
    }
  }

  it('has an access list, and counts with state overrides', async () => {
    const authorizationList = [await rpcForm()]
    const accounts = { [users[1]!.address]: { nonce: '0x1' } }
    const from = users[0]!.address
    const question = { from, to: users[1]!.address, data: word(1), authorizationList }
    // The authority is there for its slot alone, and the contract not at all: both are warm.
    expect(await ask('eth_createAccessList', question, 'latest')).toMatchObject({
      accessList: [{ address: users[1]!.address.toLowerCase(), storageKeys: [word(1)] }],
    })
    expect(await ask('eth_call', question, 'latest')).toBe(word(0))
    // With another nonce the authorization is not valid any more.
    expect(await ask('eth_call', question, 'latest', accounts)).toBe('0x')
  })

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'creation',
      {
        data: '0x00',
        authorizationList: [
          { chainId: '0x0', address: other, nonce: '0x0', yParity: '0x0', r: '0x1', s: '0x1' },
        ],
      },
      /cannot be used to create contract/,
    ],
    ['empty list', { to: other, authorizationList: [] }, /with empty auth list/],
  ])('refuses a %s', async (_, request, message) => {
    await expect(el.rpc.request('eth_call', [request])).rejects.toMatchObject({
      code: -32000,
      message: expect.stringMatching(message),
    })
  })
})
