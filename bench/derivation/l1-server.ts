import { Worker } from 'node:worker_threads'
import type { Hash } from 'viem'
import type { BenchL1Block } from './l1-block.ts'

/** JSON texts by what is asked for. */
export interface L1ServerData {
  readonly headers: ReadonlyMap<string, string>
  readonly blocks: ReadonlyMap<Hash, string>
  readonly receipts: ReadonlyMap<Hash, string>
  /** From being asked to answering. */
  readonly latencyMs: number
}

export interface L1Server {
  readonly url: string
  /** Requests served since the last call. */
  takeRequests(): Promise<number>
  close(): Promise<void>
}

/** Serves these blocks by JSON-RPC on loopback, from a thread of its own so that it takes no time from the node. */
export async function startL1Server(blocks: readonly BenchL1Block[], latencyMs: number): Promise<L1Server> {
  const headers = new Map<string, string>()
  const full = new Map<Hash, string>()
  const receipts = new Map<Hash, string>()
  for (const block of blocks) {
    const { hash, number } = block.header
    const json = block.json()
    const text = JSON.stringify({ ...json.header, transactions: json.transactions.map((tx) => tx['hash']) })
    for (const key of [hash, `0x${number.toString(16)}`, 'latest', 'safe', 'finalized'])
      headers.set(key, text)
    full.set(hash, JSON.stringify({ ...json.header, transactions: json.transactions }))
    receipts.set(hash, JSON.stringify(json.receipts))
  }
  const workerData: L1ServerData = { headers, blocks: full, receipts, latencyMs }
  const worker = new Worker(new URL('./l1-server-worker.ts', import.meta.url), { workerData })
  const message = () =>
    new Promise<number>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  const port = await message()
  return {
    url: `http://127.0.0.1:${port}`,
    async takeRequests() {
      worker.postMessage('requests')
      return message()
    },
    async close() {
      await worker.terminate()
    },
  }
}
