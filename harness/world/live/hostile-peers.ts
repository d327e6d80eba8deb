import { openLibp2pTransport } from '../../../node/adapters/libp2p/libp2p-transport.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import type { Accounts } from '../../genesis/accounts.ts'
import { type HostilePeer, startHostilePeer } from '../../hostile/hostile-peer.ts'
import { hostilePairs } from '../hostile-pairs.ts'
import type { BootContext } from './boot-context.ts'
import { localMultiaddr } from './peer-identity.ts'
import { peerPorts } from './peer-links.ts'

/** Starts the hostile peers of the topology; they connect when there is somebody to connect to. */
export async function startHostilePeers(
  context: BootContext & FaultContext,
  { config, accounts }: { readonly config: RollupConfig; readonly accounts: Accounts },
): Promise<readonly HostilePeer[]> {
  const { topology, files } = context
  const pairs = hostilePairs(topology)
  const addressOf = ([peer, port]: readonly [string, number]): string => {
    const identity = files.identities.get(peer)
    if (identity === undefined) throw new Error(`${peer} was not planned`)
    return localMultiaddr(identity.key, port)
  }
  return Promise.all(
    Object.keys(topology.hostile ?? {}).map((name) =>
      startHostilePeer({
        ...context,
        ...{ name, config, openTransport: openLibp2pTransport },
        sequencerKey: accounts.sequencer.privateKey,
        addresses: Array.from(peerPorts(context, name, pairs), addressOf),
      }),
    ),
  )
}
