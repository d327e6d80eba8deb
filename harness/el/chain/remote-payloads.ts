import type { Hash } from 'viem'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'

/**
 * Payloads whose parent is not here. They are not executed and start nothing; a later forkchoice update to one of them
 * tells sync where to go, and spares it the download. Bounded by number and bytes, oldest out first.
 */
export class RemotePayloads {
  readonly #payloads = new Map<Hash, PayloadEnvelope>()
  #bytes = 0

  static readonly countMax = 256
  static readonly bytesMax = 64 * 1024 * 1024

  add(envelope: PayloadEnvelope): void {
    const { blockHash } = envelope.payload
    if (this.#payloads.has(blockHash)) return
    this.#payloads.set(blockHash, envelope)
    this.#bytes += sizeOf(envelope)
    for (const [hash] of this.#payloads) {
      if (this.#payloads.size <= RemotePayloads.countMax && this.#bytes <= RemotePayloads.bytesMax) break
      this.delete(hash)
    }
  }

  get(hash: Hash): PayloadEnvelope | undefined {
    return this.#payloads.get(hash)
  }

  delete(hash: Hash): void {
    const found = this.#payloads.get(hash)
    if (found === undefined) return
    this.#payloads.delete(hash)
    this.#bytes -= sizeOf(found)
  }
}

/** A header's worth, and the transactions. */
function sizeOf({ payload }: PayloadEnvelope): number {
  return payload.transactions.reduce((bytes, transaction) => bytes + transaction.length / 2, 1024)
}
