/** JSON in op-node's shape (see `../shared/reference/opnode-follow-mode.md`, 5.3). */
export type PeerInfo = Readonly<Record<string, unknown>>

/**
 * What an operator sees of the p2p network and does to it: the `opp2p_` namespace. Ids are peer ids.
 * What takes one throws a RangeError for a text that is no peer id, multiaddr, address or network.
 */
export interface PeerAdmin {
  self(): PeerInfo
  peers(connectedOnly: boolean): PeerInfo
  peerStats(): PeerInfo
  /** Records of the nodes that discovery knows, as `enr:…`; null without discovery. */
  discoveryTable(): readonly string[] | null
  /** `multiaddr` with `/p2p/<id>`; resolves when the handshake and identify are done. */
  connectPeer(multiaddr: string): Promise<void>
  /** A static peer is then not dialled until `connectPeer`. */
  disconnectPeer(peerId: string): Promise<void>
  /** Also disconnects. Blocks are held in memory: they end with the process. */
  blockPeer(peerId: string): Promise<void>
  /** Also ends a ban. */
  unblockPeer(peerId: string): Promise<void>
  listBlockedPeers(): readonly string[]
  blockAddr(ip: string): Promise<void>
  unblockAddr(ip: string): Promise<void>
  listBlockedAddrs(): readonly string[]
  /** `subnet` as CIDR. */
  blockSubnet(subnet: string): Promise<void>
  unblockSubnet(subnet: string): Promise<void>
  listBlockedSubnets(): readonly PeerInfo[]
  /** The peer is not pruned when there are too many. */
  protectPeer(peerId: string): Promise<void>
  unprotectPeer(peerId: string): Promise<void>
}
