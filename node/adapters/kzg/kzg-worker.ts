import { parentPort, workerData } from 'node:worker_threads'
import { createKzgContext } from './kzg-context.ts'

/** What `kzg.ts` gives its worker. */
export interface KzgWorkerData {
  /** 131072 bytes: the blob that is asked for, written before the request and left alone until its answer. */
  readonly blob: SharedArrayBuffer
}

/** What `kzg.ts` asks of its worker, one at a time. */
export interface KzgRequest {
  /** Null: this is asked for. Otherwise its proof is. */
  readonly commitment: Uint8Array | null
}

export interface KzgResponse {
  /** 48 bytes; null when the bytes are no blob. */
  readonly answer: Uint8Array | null
}

const context = createKzgContext()
const shared = new Uint8Array((workerData as KzgWorkerData).blob)
/** What computes may rely on that nobody else writes into it. */
const blob = new Uint8Array(shared.length)

parentPort?.on('message', ({ commitment }: KzgRequest) => {
  blob.set(shared)
  const answer = commitment === null ? context.commitment(blob) : context.proof(blob, commitment)
  parentPort?.postMessage({ answer } satisfies KzgResponse)
})
