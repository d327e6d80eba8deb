import { parentPort } from 'node:worker_threads'
import { DasContextJs } from '@crate-crypto/node-eth-kzg'

/** What `kzg.ts` asks of its worker. */
export interface KzgRequest {
  readonly id: number
  /** 131072 bytes. */
  readonly blob: Uint8Array
}

export interface KzgResponse {
  readonly id: number
  /** 48 bytes; null when the bytes are no blob. */
  readonly commitment: Uint8Array | null
}

// Reads the trusted setup, for more than a second. Tables that make proofs of cells faster would take longer still.
const context = DasContextJs.create({ usePrecomp: false })

parentPort?.on('message', ({ id, blob }: KzgRequest) => {
  const response: KzgResponse = { id, commitment: commitmentOf(blob) }
  parentPort?.postMessage(response)
})

function commitmentOf(blob: Uint8Array): Uint8Array | null {
  try {
    return context.blobToKzgCommitment(blob)
  } catch {
    return null
  }
}
