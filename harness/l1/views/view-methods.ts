import type { Hash } from 'viem'
import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import type { ForkTree, OrphanedBlock } from '../fork-tree.ts'
import { logsOf } from '../receipt-logs.ts'
import type { CallView } from './consumer-view.ts'
import { feeHistory } from './fee-history.ts'
import { isShown } from './shown-chain.ts'

type Json = Readonly<Record<string, unknown>>
type Params = readonly unknown[]
/** A block of the view: one that anvil has, or one that the harness kept when it was replaced. */
type Found = { readonly number: bigint; readonly orphan: OrphanedBlock | null }

export interface ViewMethodModules {
  readonly tree: Pick<ForkTree, 'block' | 'orphaned'>
  /** Asks anvil. */
  readonly forward: (method: string, params: Params) => Promise<unknown>
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isHash = (value: unknown): value is Hash =>
  typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)
const quantity = (value: bigint | number) => `0x${value.toString(16)}`

/** Where each method that reads state names its block. */
const stateMethods: Readonly<Record<string, number>> = {
  ...{ eth_getBalance: 1, eth_getCode: 1, eth_getTransactionCount: 1, eth_call: 1, eth_estimateGas: 1 },
  ...{ eth_getStorageAt: 2, eth_getProof: 2, debug_traceCall: 1 },
}

/**
 * Every method that depends on what L1 is, answered from one chain. State of replaced blocks is not kept by anvil: reading
 * it is an error, as with a node that has pruned it. The methods that are not here depend on nothing.
 */
export function viewMethod(
  method: string,
  view: CallView,
  { tree, forward }: ViewMethodModules,
): RpcHandler | undefined {
  /** The block that a parameter names: a number, a label, a hash, or an object with one of them (EIP-1898). */
  function find(at: unknown): Found | null {
    if (isObject(at)) return find(at['blockHash'] ?? at['blockNumber'])
    if (isHash(at)) return byHash(at.toLowerCase() as Hash)
    const { head, base, own } = view.chain
    const number = numberOf(at)
    if (number > head.number) return null
    if (number <= base) return { number, orphan: null }
    const orphan = tree.orphaned(own.get(number) as Hash)
    return orphan === undefined ? null : { number, orphan }
  }

  function numberOf(at: unknown): bigint {
    if (at === undefined || at === 'latest' || at === 'pending') return view.chain.head.number
    if (at === 'safe' || at === 'finalized') return view.label(at)
    if (at === 'earliest') return 0n
    if (typeof at === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(at)) return BigInt(at)
    throw new JsonRpcError(rpcErrorCode.invalidParams, `invalid block number ${JSON.stringify(at)}`)
  }

  /** By hash a node also has what it saw replaced; of later forks and of what is above its head it knows nothing. */
  function byHash(hash: Hash): Found | null {
    const block = tree.block(hash)
    if (block === undefined) return null
    const found = { number: block.ref.number, orphan: tree.orphaned(hash) ?? null }
    if (isShown(view.chain, block)) return found
    return block.fork < view.chain.fork && !view.forgetsOrphan() ? found : null
  }

  async function block(found: Found | null, full: unknown): Promise<unknown> {
    if (found === null) return null
    if (found.orphan === null) return forward('eth_getBlockByNumber', [quantity(found.number), full === true])
    const { block } = found.orphan
    return full === true ? block : { ...block, transactions: block.transactions.map(({ hash }) => hash) }
  }

  async function receipts(found: Found | null): Promise<readonly Json[] | null> {
    if (found === null) return null
    const all = (found.orphan?.receipts ??
      (await forward('eth_getBlockReceipts', [quantity(found.number)]))) as readonly Json[] | null
    return all !== null && view.emptiesReceipts(all.length) ? [] : all
  }

  /** With state as of a block of the view. */
  function atState(index: number): RpcHandler {
    return (params) => {
      const found = find(params[index])
      if (found === null) throw new JsonRpcError(rpcErrorCode.server, 'header not found')
      if (found.orphan !== null)
        throw new JsonRpcError(
          rpcErrorCode.server,
          `missing trie node: the state of L1 block ${found.number} (${found.orphan.ref.hash}), which was replaced, is not kept`,
        )
      const whole = [...params]
      while (whole.length <= index) whole.push('latest')
      return forward(method, whole.with(index, quantity(found.number)))
    }
  }

  /** What is in a block of the view, of what anvil says about a transaction. */
  async function transaction(hash: unknown): Promise<unknown> {
    for (const at of view.chain.own.values()) {
      const orphan = tree.orphaned(at)
      const index = orphan?.block.transactions.findIndex((one) => one.hash === hash) ?? -1
      if (orphan === undefined || index < 0) continue
      if (method === 'eth_getTransactionByHash') return orphan.block.transactions[index]
      return view.emptiesReceipts(1) ? null : (orphan.receipts[index] ?? null)
    }
    const found = await forward(method, [hash])
    if (!isObject(found)) return null
    const { blockNumber } = found
    if (typeof blockNumber === 'string' && BigInt(blockNumber) > view.chain.base) return null
    return method === 'eth_getTransactionReceipt' && view.emptiesReceipts(1) ? null : found
  }

  async function logs(filter: Json): Promise<unknown> {
    const { blockHash } = filter
    if (blockHash !== undefined) {
      const found = isHash(blockHash) ? byHash(blockHash.toLowerCase() as Hash) : null
      if (found === null) throw new JsonRpcError(rpcErrorCode.server, 'unknown block')
      return ((await receipts(found)) ?? []).flatMap((receipt) => logsOf(receipt, filter))
    }
    const { base, own, head } = view.chain
    const from = numberOf(filter['fromBlock'])
    const wanted = numberOf(filter['toBlock'])
    const to = wanted > head.number ? head.number : wanted
    const canonical =
      from > to || from > base
        ? []
        : ((await forward('eth_getLogs', [
            { ...filter, fromBlock: quantity(from), toBlock: quantity(to < base ? to : base) },
          ])) as unknown[])
    const ofFork = [...own]
      .filter(([number]) => number >= from && number <= to)
      .toSorted(([a], [b]) => Number(a - b))
      .flatMap(([, hash]) => tree.orphaned(hash)?.receipts ?? [])
      .flatMap((receipt) => logsOf(receipt, filter))
    const all = [...canonical, ...ofFork]
    return view.emptiesReceipts(all.length) ? [] : all
  }

  const inBlock = async (at: unknown, index?: unknown): Promise<unknown> => {
    const whole = await block(find(at), true)
    if (!isObject(whole)) return null
    const transactions = whole['transactions'] as readonly unknown[]
    return index === undefined ? quantity(transactions.length) : (transactions[Number(index)] ?? null)
  }

  const handlers: Readonly<Record<string, RpcHandler>> = {
    eth_blockNumber: () => quantity(view.chain.head.number),
    eth_getBlockByNumber: ([at, full]) => block(find(at), full),
    eth_getBlockByHash: ([hash, full]) => block(find(hash), full),
    eth_getBlockReceipts: ([at]) => receipts(find(at)),
    eth_getBlockTransactionCountByNumber: ([at]) => inBlock(at),
    eth_getBlockTransactionCountByHash: ([hash]) => inBlock(hash),
    eth_getTransactionByBlockNumberAndIndex: ([at, index]) => inBlock(at, index),
    eth_getTransactionByBlockHashAndIndex: ([hash, index]) => inBlock(hash, index),
    eth_getTransactionByHash: ([hash]) => transaction(hash),
    eth_getTransactionReceipt: ([hash]) => transaction(hash),
    eth_getLogs: ([filter]) => logs(isObject(filter) ? filter : {}),
    eth_feeHistory: async ([count, newest, percentiles]) => {
      const found = find(newest)
      if (found === null) throw new JsonRpcError(rpcErrorCode.server, 'header not found')
      if (found.orphan === null) return forward(method, [count, quantity(found.number), percentiles ?? []])
      return feeHistory({
        count: Number(count),
        newest: found.number,
        percentiles: Array.isArray(percentiles) ? percentiles.map(Number) : null,
        block: async (number) => (await block(find(quantity(number)), true)) as Json,
        receipts: async (number) => (await receipts(find(quantity(number)))) ?? [],
      })
    },
  }
  const index = stateMethods[method]
  if (index !== undefined) return atState(index)
  if (/^eth_(newFilter|newBlockFilter|newPendingTransactionFilter|getFilter)/.test(method))
    return () => {
      throw new JsonRpcError(rpcErrorCode.methodNotFound, `${method} is not offered while a fault changes L1`)
    }
  if (/^debug_(getRaw|traceBlock)/.test(method)) return atRaw()
  return handlers[method]

  /** Raw bytes of a block that anvil has. */
  function atRaw(): RpcHandler {
    return (params) => {
      const found = find(params[0])
      if (found === null) return null
      if (found.orphan !== null) throw new JsonRpcError(rpcErrorCode.server, 'block not found')
      return forward(method, params.with(0, quantity(found.number)))
    }
  }
}
