import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../../node/json-rpc/http-server.ts'

/** A chain of blocks by its name: from `fork` on it has other hashes than everybody. */
export interface ServedChain {
  readonly fork: number
  readonly salt: string
}

export const trunk: ServedChain = { fork: Number.POSITIVE_INFINITY, salt: '' }

export function hashAt(layer: 'l1' | 'l2', { fork, salt }: ServedChain, number: number): string {
  const name = Buffer.from(`${layer}${number >= fork ? salt : ''}`).toString('hex')
  return `0x${name}${number.toString(16).padStart(64 - name.length, '0')}`
}

/** What a node of `serveNode` tells now; a test changes it. */
export interface ServedNode {
  chain: ServedChain
  l1: ServedChain
  unsafe: number
  safe: number
  finalized: number
  currentL1: number
}

/** Two L2 blocks to an L1 block. */
const originOf = (number: number) => Math.floor(number / 2)

/** A consensus node, on loopback: `optimism_syncStatus` and `optimism_outputAtBlock`. */
export function serveNode(node: ServedNode): Promise<JsonRpcServer> {
  const l1 = (number: number) => ({
    ...{ hash: hashAt('l1', node.l1, number), number, timestamp: number },
    parentHash: hashAt('l1', node.l1, Math.max(0, number - 1)),
  })
  const l2 = (number: number) => ({
    ...{ hash: hashAt('l2', node.chain, number), number, timestamp: number, sequenceNumber: 0 },
    ...{ parentHash: hashAt('l2', node.chain, Math.max(0, number - 1)), l1origin: l1(originOf(number)) },
  })
  return serve({
    optimism_syncStatus: () => ({
      ...{ current_l1: l1(node.currentL1), head_l1: l1(node.currentL1), safe_l1: l1(0), finalized_l1: l1(0) },
      ...{ unsafe_l2: l2(node.unsafe), safe_l2: l2(node.safe), finalized_l2: l2(node.finalized) },
    }),
    optimism_outputAtBlock: ([number]) => ({ blockRef: l2(Number(number)), stateRoot: '0x00' }),
  })
}

/** An engine or L1, on loopback: headers by number. */
export function serveBlocks(
  layer: 'l1' | 'l2',
  chain: ServedChain,
  head: () => number,
  gasLimit = 30,
): Promise<JsonRpcServer> {
  return serve({
    eth_getBlockByNumber: ([label]) => {
      const number = String(label).startsWith('0x') ? Number(label) : head()
      if (number > head()) return null
      return {
        ...{ number: `0x${number.toString(16)}`, hash: hashAt(layer, chain, number), timestamp: '0x1' },
        ...{ parentHash: hashAt(layer, chain, Math.max(0, number - 1)), stateRoot: '0x00', transactions: [] },
        gasLimit: `0x${(number >= chain.fork ? gasLimit * 2 : gasLimit).toString(16)}`,
      }
    },
  })
}

function serve(methods: Record<string, RpcHandler>): Promise<JsonRpcServer> {
  return startJsonRpcServer({ host: '127.0.0.1', port: 0, methods: new Map(Object.entries(methods)) })
}
