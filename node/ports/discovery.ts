/** What a node says about itself, signed by it. Every field is as that node claims. */
export interface NodeRecord {
  /** `enr:…` */
  readonly text: string
  readonly peerId: string
  readonly ip: string
  readonly tcpPort: number
  /** The entry `opstack`, undecoded; null when there is none. */
  readonly opstack: Uint8Array | null
}

/** Finds other nodes. */
export interface Discovery {
  /** The own record, as `enr:…`; it changes when the own address does. */
  record(): string
  /** Records of all nodes that are known, of any network. */
  table(): readonly string[]
  /**
   * Looks for nodes near a random place, and answers with what it found and what it knew. Only records that say where to
   * connect by TCP; unchecked otherwise.
   */
  search(): Promise<readonly NodeRecord[]>
  stop(): Promise<void>
}
