import { type Hex, parseTransaction } from 'viem'
import { expect, it } from 'vitest'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { sendOnL1 } from './send-on-l1.ts'
import type { World } from './world.ts'

const hash = `0x${'11'.repeat(32)}`
const transaction = { to: `0x${'22'.repeat(20)}`, data: '0x', gas: 21_000n } as const

/** An L1 that refuses what was sent, as often as it has errors; the account has one transaction more each time. */
function refusing(errors: readonly string[]) {
  const nonces: (number | undefined)[] = []
  const answers: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_chainId: () => '0x384',
    eth_getTransactionCount: () => `0x${(5 + nonces.length).toString(16)}`,
    eth_getBlockByNumber: () => ({ number: '0x1', baseFeePerGas: '0x7', transactions: [] }),
    eth_maxPriorityFeePerGas: () => '0x1',
    eth_sendRawTransaction([raw]) {
      const error = errors[nonces.length]
      nonces.push(parseTransaction(raw as Hex).nonce)
      if (error !== undefined) throw new JsonRpcError(-32000, error)
      return hash
    },
  }
  const rpc = { request: async (method: string, params: readonly unknown[]) => answers[method]?.(params) }
  const world = { l1: { rpc }, parameters: { l1ChainId: 900 } } as unknown as World
  return { nonces, send: () => sendOnL1(world, deriveAccounts().batcher, transaction) }
}

// Campaign, seed 770244: what the batcher had sent before it was stopped arrived in between.
it.each([
  ['replacement transaction underpriced: both fees must be 10 % above those of 0x12'],
  ['nonce too low: address 0x12, tx: 5 state: 6'],
])('takes the next nonce where another sender was quicker: %s', async (error) => {
  const { nonces, send } = refusing([error])
  await expect(send()).resolves.toBe(hash)
  expect(nonces).toEqual([5, 6])
})

it.each([
  ['for another reason', ['insufficient funds'], 1],
  ['again and again', Array<string>(10).fill('nonce too low'), 5],
])('fails where L1 refuses %s', async (_, errors, tries) => {
  const { nonces, send } = refusing(errors)
  await expect(send()).rejects.toThrow()
  expect(nonces).toHaveLength(tries)
})
