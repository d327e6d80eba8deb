import { type ClNode, expect } from 'lockstep'
import type { Hex } from 'viem'

/** A block as an engine serves it, with what became of its transactions. */
interface ExecutedBlock {
  readonly hash: Hex
  readonly extraData: Hex
  readonly gasLimit: bigint
  /** 1 for each transaction that succeeded. */
  readonly statuses: readonly number[]
}

/** The block with that number, which every node's engine has with the same hash and the same receipts. */
export async function agreedBlock(nodes: readonly ClNode[], number: bigint): Promise<ExecutedBlock> {
  const blocks = await Promise.all(nodes.map((node) => executedBlock(node, number)))
  const [first, ...others] = blocks
  for (const block of others) expect(block, `block ${number}`).toEqual(first)
  return first!
}

async function executedBlock({ el }: ClNode, number: bigint): Promise<ExecutedBlock> {
  const { hash, extraData, gasLimit } = await el.client.getBlock({
    blockNumber: number,
    includeTransactions: false,
  })
  const receipts = (await el.client.request({
    method: 'eth_getBlockReceipts' as never,
    params: [hash] as never,
  })) as readonly { readonly status: Hex }[]
  return { hash, extraData, gasLimit, statuses: receipts.map(({ status }) => Number(status)) }
}
