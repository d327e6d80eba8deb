import { startDiscv5 } from '../../../node/adapters/discovery/discv5.ts'
import { nativeSha256 } from '../../../node/adapters/system/native-sha256.ts'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { signerAddress } from '../../../node/network/testing/signer-address.ts'
import { startTestP2p } from '../../../node/network/testing/test-p2p.ts'
import { createSilentLogger } from '../../../node/ports/testing/silent-logger.ts'
import { sequencerKey } from './attack-chain.ts'
import { serveVictim } from './serve-victim.ts'

/** Where the network of a node under attack is. */
export interface GossipInfo {
  readonly address: string
  /** Its node record, which says where its discovery listens. */
  readonly record: string
}

let received = 0
const discovery = {
  ...{ listenPort: 0, advertise: { ip: null, tcpPort: null, udpPort: null } },
  ...{ bootnodes: [], netRestrict: null, tablePath: null },
}
const node = await startTestP2p(
  { discovery },
  {
    sha256: nativeSha256,
    startDiscovery: (own) =>
      startDiscv5({
        ...{ ...own, config: discovery, listenHost: '127.0.0.1' },
        ...{ clock: createSystemClock(), logger: createSilentLogger() },
      }),
  },
)
node.gossip.setBlockSigners({ current: signerAddress(sequencerKey), previous: null })
node.gossip.onPayload(() => {
  received++
})
const { ENR: record } = node.admin.self() as { readonly ENR: string }
serveVictim({ address: node.address, record } satisfies GossipInfo, () => ({ received }))
