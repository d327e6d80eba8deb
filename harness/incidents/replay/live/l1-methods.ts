import type { Hash } from 'viem'
import type { RpcHandler } from '../../../../node/json-rpc/dispatch.ts'
import { quantityToJson } from '../../../../node/protocol/json-schema.ts'
import type { RecordedL1 } from '../recorded-l1.ts'
import { emptyBlockJson } from './seal-header.ts'
import { signerState } from './signer-state.ts'

/** The methods of an execution client of L1 that rollup nodes call, over the L1 of a recording. Its blocks are empty. */
export function l1Methods(l1: RecordedL1): ReadonlyMap<string, RpcHandler> {
  const blockOf = async (label: unknown) => {
    const text = String(label)
    if (text.startsWith('0x')) return l1.headerByNumber(BigInt(text))
    return l1.headerByLabel(text === 'safe' || text === 'finalized' ? text : 'latest')
  }
  const json = async (found: ReturnType<typeof blockOf>) => {
    const header = await found
    return header === null ? null : emptyBlockJson(header)
  }
  const receipts: RpcHandler = async ([hash]) => l1.receiptsByHash(String(hash) as Hash)
  return new Map<string, RpcHandler>([
    ['eth_chainId', async () => quantityToJson(await l1.chainId())],
    ['net_version', async () => String(await l1.chainId())],
    ['web3_clientVersion', () => 'lockstep/replay'],
    ['eth_syncing', () => false],
    ['eth_blockNumber', async () => quantityToJson((await blockOf('latest'))?.number ?? 0n)],
    ['eth_getBlockByNumber', ([label]) => json(blockOf(label))],
    ['eth_getBlockByHash', ([hash]) => json(l1.headerByHash(String(hash) as Hash))],
    ['eth_getBlockReceipts', receipts],
    ['eth_getLogs', () => []],
    ['eth_getProof', () => signerState.proof],
    ['eth_getStorageAt', () => signerState.word],
  ])
}
