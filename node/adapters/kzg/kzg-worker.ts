import { parentPort } from 'node:worker_threads'
import { createKzgContext } from './kzg-context.ts'

/** What `kzg.ts` asks of its worker. */
export interface KzgRequest {
  readonly id: number
  /** 131072 bytes. */
  readonly blob: Uint8Array
  /** Null: this is asked for. Otherwise its proof is. */
  readonly commitment: Uint8Array | null
}

export interface KzgResponse {
  readonly id: number
  /** 48 bytes; null when the bytes are no blob. */
  readonly answer: Uint8Array | null
}

const context = createKzgContext()

parentPort?.on('message', ({ id, blob, commitment }: KzgRequest) => {
  const answer = commitment === null ? context.commitment(blob) : context.proof(blob, commitment)
  parentPort?.postMessage({ id, answer } satisfies KzgResponse)
})
