import { parentPort } from 'node:worker_threads'
import { DasContextJs } from '@crate-crypto/node-eth-kzg'

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

// Reads the trusted setup, for more than a second. Tables that make proofs of cells faster would take longer still.
const context = DasContextJs.create({ usePrecomp: false })

parentPort?.on('message', (request: KzgRequest) => {
  const response: KzgResponse = { id: request.id, answer: compute(request) }
  parentPort?.postMessage(response)
})

function compute({ blob, commitment }: KzgRequest): Uint8Array | null {
  try {
    return commitment === null
      ? context.blobToKzgCommitment(blob)
      : context.computeBlobKzgProof(blob, commitment)
  } catch {
    return null
  }
}
