import type { Clock } from '../../../node/ports/clock.ts'
import { tailOfLog } from '../../drivers/log-tail.ts'
import { ComponentError } from '../component-error.ts'
import type { PeerPair } from '../topology.ts'
import type { ClComponent } from './components.ts'

const meshMsMax = 30_000
const pollMs = 25
/** A dial is said again once a second. */
const looksPerDial = 40

/**
 * Waits until every pair of the topology is connected, so that no node misses the first blocks.
 * @throws ComponentError naming the pair that is not connected in time.
 */
export async function waitForGossipMesh(
  nodes: ReadonlyMap<string, ClComponent>,
  pairs: readonly PeerPair[],
  clock: Clock,
): Promise<void> {
  const deadlineMs = clock.nowMs() + meshMsMax
  await Promise.all(
    pairs.map(async ([a, b]) => {
      const [node, peer] = [nodes.get(a), nodes.get(b)]
      if (node === undefined || peer === undefined) throw new Error(`no consensus node ${a} or ${b}`)
      for (let looks = 0; !(await node.gossip.connected()).has(b); looks++) {
        if (looks % looksPerDial === 0) await dial(node, peer)
        if (clock.nowMs() > deadlineMs)
          throw new ComponentError(a, `did not connect to ${b} (${peer.multiaddr}) within ${meshMsMax} ms`, {
            logPath: node.lifecycle.logPath,
            lastLines: tailOfLog(node.lifecycle.logPath, 15),
          })
        await clock.sleep(pollMs)
      }
    }),
  )
}

/**
 * Connects a pair of which one has no flag for its peers. An answer that is an error means "not yet": some clients dial
 * and say so at once.
 */
async function dial(a: ClComponent, b: ClComponent): Promise<void> {
  const dialling = [a, b].filter(({ client }) => client.peering === 'connect')
  await Promise.all(dialling.map((node) => node.gossip.connect((node === a ? b : a).name).catch(() => {})))
}
