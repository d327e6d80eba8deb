import { expect, it } from 'vitest'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { deriveAccounts } from '../genesis/accounts.ts'
import { createChainEndpoint } from './chain-client.ts'
import { fakeRpc } from './testing/fake-rpc.ts'

const [sender] = deriveAccounts().users

it('asks through the handle, and passes on what the node refuses', async () => {
  const sent: unknown[] = []
  const rpc = fakeRpc({
    eth_blockNumber: () => '0x7',
    eth_chainId: () => '0x385',
    eth_getTransactionCount: () => '0x2',
    eth_sendRawTransaction(raw) {
      sent.push(raw)
      throw new JsonRpcError(-32000, 'nonce too low: next nonce 3, tx nonce 2')
    },
  })
  const { client, wallet } = createChainEndpoint({ name: 'l2', chainId: 901, rpc, blockTime: 1 })
  expect(await client.getBlockNumber()).toBe(7n)
  const { account, chain, sendTransaction } = wallet(sender!)
  const transfer = {
    to: sender!.address,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 1n,
  }
  await expect(
    sendTransaction({ account: account!, chain: chain ?? null, type: 'eip1559', ...transfer }),
  ).rejects.toThrow('nonce too low: next nonce 3')
  expect(sent).toHaveLength(1)
})
