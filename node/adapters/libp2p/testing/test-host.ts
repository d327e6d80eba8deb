import { peerScoring } from '../../../network/gossip-scoring.ts'
import { testP2pConfig } from '../../../network/testing/p2p-config.ts'
import { createSystemRandom } from '../../system/system-random.ts'
import { createLibp2pHost, type Libp2pHost } from '../libp2p-host.ts'

export const topic = 'blocks'

/** A host on the loopback address that subscribes to the topic. The caller stops it. */
export async function startHost(): Promise<Libp2pHost> {
  const host = await createLibp2pHost({
    ...{
      listenHost: '127.0.0.1',
      listenPort: 0,
      privateKey: createSystemRandom().bytes(32),
      connectionsMax: 5,
    },
    gate: { refusesPeer: () => false, refusesIp: () => false },
    topics: [topic],
    messageId: (_, data) => data,
    messageLengthMax: 1_000,
    mesh: testP2pConfig().mesh,
    scoring: peerScoring('none', 2_000, () => 0),
    userAgent: 'test',
  })
  await host.start()
  host.services.pubsub.subscribe(topic)
  return host
}
