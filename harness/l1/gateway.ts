import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../node/json-rpc/errors.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { readParams } from '../../node/json-rpc/method.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { AnvilClient } from './anvil-client.ts'
import type { BlobPool } from './blob-pool.ts'
import type { L1Controller } from './controller.ts'
import type { OrphanedBlock } from './fork-tree.ts'
import { logsOf } from './receipt-logs.ts'
import { type ConsumerFaults, isAltered, openRequest, type ViewModules } from './views/consumer-view.ts'
import { viewMethod } from './views/view-methods.ts'

export interface L1MethodsOptions {
  readonly anvil: Pick<AnvilClient, 'rpc'>
  readonly controller: Pick<L1Controller, 'settled' | 'labels'>
  readonly tree: ViewModules['tree']
  readonly clock: Clock
  /** What faults change for each consumer, which is the first part of the path. */
  readonly consumers?: Pick<ReadonlyMap<string, ConsumerFaults>, 'get'>
  /** Gets the blobs of the transactions that pass. */
  readonly blobs: Pick<BlobPool, 'take'>
}

export interface L1GatewayOptions extends L1MethodsOptions {
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** Names by which it may be reached beside addresses. Default: localhost. */
  readonly virtualHosts?: readonly string[] | undefined
}

/** Finds the methods of a call, whoever makes it. */
export interface L1Methods {
  readonly methods: { get(method: string): RpcHandler | undefined }
  /** Of the consumer whose name is the first part of the path; undefined when it sees what everybody sees. */
  methodsAt(path: string): { get(method: string): RpcHandler | undefined } | undefined
}

const required = z.unknown().refine((value) => value !== undefined)
const optional = z.unknown()
const filterObject = z.record(z.string(), z.unknown())

/** What geth takes for each method that does not go to anvil as it came, and where a block may be named. */
const signatures: Readonly<
  Record<string, { readonly params: readonly z.ZodType[]; readonly block?: number }>
> = {
  eth_getBlockByNumber: { params: [required, required], block: 0 },
  eth_getBlockByHash: { params: [required, required] },
  eth_getBlockReceipts: { params: [required], block: 0 },
  eth_getBlockTransactionCountByNumber: { params: [required], block: 0 },
  eth_getTransactionByBlockNumberAndIndex: { params: [required, required], block: 0 },
  eth_getBalance: { params: [required, required], block: 1 },
  eth_getCode: { params: [required, required], block: 1 },
  eth_getTransactionCount: { params: [required, required], block: 1 },
  eth_call: { params: [required, optional, optional, optional], block: 1 },
  eth_estimateGas: { params: [required, optional, optional, optional], block: 1 },
  eth_getStorageAt: { params: [required, required, required], block: 2 },
  eth_getProof: { params: [required, required, required], block: 2 },
  eth_getLogs: { params: [filterObject] },
  eth_sendRawTransaction: { params: [z.string()] },
}

/**
 * The L1 that every client sees. It passes calls to anvil, and differs where anvil is not like a real L1: it decides
 * `safe` and `finalized`, goes on serving orphaned blocks by hash, never shows half a reorg, and keeps anvil's own
 * control methods to the harness.
 */
export function createL1Methods(options: L1MethodsOptions): L1Methods {
  const { anvil, controller, tree, blobs } = options

  const forward = async (method: string, params: readonly unknown[]) => {
    await controller.settled()
    return anvil.rpc.request(method, params)
  }

  /** `safe` and `finalized` as block numbers; everything else as it is. */
  const label = (at: unknown) => {
    const { safe, finalized } = controller.labels()
    return at === 'safe' ? toQuantity(safe) : at === 'finalized' ? toQuantity(finalized) : at
  }

  const orphanByHash = (hash: unknown): OrphanedBlock | undefined =>
    typeof hash === 'string' ? tree.orphaned(hash.toLowerCase() as Hash) : undefined

  const special: Readonly<Record<string, RpcHandler>> = {
    eth_sendRawTransaction([raw]) {
      let transaction: Hex
      try {
        transaction = blobs.take(raw as Hex)
      } catch (error) {
        throw new JsonRpcError(
          rpcErrorCode.invalidParams,
          error instanceof Error ? error.message : String(error),
        )
      }
      return forward('eth_sendRawTransaction', [transaction])
    },
    eth_sendTransaction() {
      throw new JsonRpcError(rpcErrorCode.invalidParams, 'L1 holds no keys: send signed transactions')
    },
    async eth_getBlockByHash(params) {
      const found = await forward('eth_getBlockByHash', params)
      if (found !== null) return found
      const orphan = orphanByHash(params[0])
      if (orphan === undefined) return null
      return params[1] === true
        ? orphan.block
        : { ...orphan.block, transactions: orphan.block.transactions.map(({ hash }) => hash) }
    },
    async eth_getBlockReceipts(params) {
      const orphan = orphanByHash(blockHashOf(params[0]))
      return orphan?.receipts ?? forward('eth_getBlockReceipts', [label(params[0])])
    },
    async eth_getLogs(params) {
      const [filter] = readParams(params, filterObject)
      const orphan = orphanByHash(filter['blockHash'])
      if (orphan !== undefined) return orphan.receipts.flatMap((receipt) => logsOf(receipt, filter))
      const range = { ...filter }
      for (const end of ['fromBlock', 'toBlock']) if (end in range) range[end] = label(range[end])
      return forward('eth_getLogs', [range])
    },
  }

  /** `seen` is what a consumer sees of this method in place of what everybody sees. */
  const methodsOf = (seen: (method: string) => RpcHandler | undefined) => ({
    get(method: string): RpcHandler | undefined {
      if (!/^(eth|net|web3|txpool|debug)_/.test(method))
        return () => {
          throw new JsonRpcError(
            rpcErrorCode.methodNotFound,
            `${method} is not offered: the harness alone controls L1`,
          )
        }
      const { params: schemas = null, block } = signatures[method] ?? {}
      const run =
        seen(method) ??
        special[method] ??
        ((params) =>
          forward(
            method,
            block === undefined || block >= params.length ? params : params.with(block, label(params[block])),
          ))
      if (schemas === null) return run
      return (params) => {
        readParams(params, ...schemas)
        return run(params)
      }
    },
  })
  const methods = methodsOf(() => undefined)
  const methodsAt = (path: string) => {
    const faults = options.consumers?.get(consumerOf(path))
    if (faults === undefined || !isAltered(faults)) return undefined
    const request = openRequest(faults, options)
    return methodsOf((method) => {
      if (viewMethod(method, request(method), { tree, forward }) === undefined) return undefined
      // Half a reorg is never seen: what this call sees is decided when it is whole.
      return async (params) => {
        await controller.settled()
        return viewMethod(method, request(method), { tree, forward })?.(params)
      }
    })
  }

  return { methods, methodsAt }
}

/** Serves it on a port. */
export function startL1Gateway(options: L1GatewayOptions): Promise<JsonRpcServer> {
  return startJsonRpcServer({
    host: options.host ?? '127.0.0.1',
    port: options.port,
    ...(options.virtualHosts === undefined
      ? {}
      : { access: { virtualHosts: options.virtualHosts, corsDomains: [] } }),
    ...createL1Methods(options),
    requestBytesMax: 16 * 1024 * 1024,
  })
}

const toQuantity = (value: bigint) => `0x${value.toString(16)}`

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A block parameter may be `0x…32 bytes`, or `{ blockHash }` (EIP-1898). */
function blockHashOf(at: unknown): unknown {
  return isObject(at) ? at['blockHash'] : at
}

/** The first part of a path: `follower` of `/follower/eth/v1/beacon/genesis`. */
export function consumerOf(path: string): string {
  return decodeURIComponent(path.split('/', 2)[1] ?? '')
}
