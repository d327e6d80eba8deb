import type { P2pConfig } from '../../config/node-config.ts'

/** A node on a free port of the loopback address, without peers and discovery. */
export function testP2pConfig(change: Partial<P2pConfig> = {}): P2pConfig {
  return {
    listenHost: '127.0.0.1',
    listenPort: 0,
    privateKey: null,
    newIdentityPath: null,
    sequencerKey: null,
    unsafeBlockSigner: null,
    staticPeers: [],
    peers: { lo: 5, hi: 10, graceMs: 30_000 },
    mesh: { d: 8, lo: 6, hi: 12, lazy: 6, floodPublish: true },
    scoring: 'light',
    ban: { threshold: -100, durationMs: 3_600_000 },
    discovery: null,
    ...change,
  }
}
