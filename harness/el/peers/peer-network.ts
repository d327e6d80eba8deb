import type { Hash, Hex } from 'viem'

/** The parts of a block that its header commits to by root. */
export interface BlockBody {
  /** EIP-2718 encodings. */
  readonly transactions: readonly Hex[]
}

/** What an engine gives to its peers. Unknown hashes end an answer early; nothing is an error. */
export interface PeerChain {
  /** RLP headers: the block `from` first, then its ancestors, at most `count`. */
  headers(from: Hash, count: number): readonly Uint8Array[]
  /** Bodies of the longest known prefix of `hashes`. */
  bodies(hashes: readonly Hash[]): readonly BlockBody[]
  /** Consensus encodings of the receipts of the longest known prefix of `hashes`. */
  receipts(hashes: readonly Hash[]): readonly (readonly Hex[])[]
}

/** Another engine, connected and known to be on the same chain. Its answers are not checked yet. */
export interface Peer {
  readonly id: Hex
  readonly url: string
  readonly direction: 'inbound' | 'outbound'
  readonly clientName: string
  /** @throws PeerError when the peer is gone, silent for too long, or answers something else than asked. */
  headers(from: Hash, count: number, signal?: AbortSignal): Promise<readonly Uint8Array[]>
  /** @throws PeerError, as above. */
  bodies(hashes: readonly Hash[], signal?: AbortSignal): Promise<readonly BlockBody[]>
  /** @throws PeerError, as above. */
  receipts(hashes: readonly Hash[], signal?: AbortSignal): Promise<readonly (readonly Hex[])[]>
  /** Ends the connection because of what the peer sent; it is redialled later, after a longer pause. */
  drop(reason: string): void
}

/**
 * Engines that know each other. The embedded one is `tcp-network.ts`; devp2p would be another.
 */
export interface PeerNetwork {
  /** How others reach this engine. */
  readonly self: { readonly id: Hex; readonly url: string; readonly host: string; readonly port: number }
  /** Connected peers, oldest connection first. */
  peers(): readonly Peer[]
  /** Dials the address, and again whenever the connection ends, until it is removed. @throws Error for a bad URL. */
  add(url: string): void
  /** Stops dialling it and ends the connections with it. */
  remove(url: string): void
  /** Hears of every new peer. Returns the function that ends the subscription. */
  onPeer(listener: (peer: Peer) => void): () => void
  close(): Promise<void>
}

/** A peer could not be asked, or did not answer as the protocol wants. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
}
