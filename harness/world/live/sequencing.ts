import { z } from 'zod'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { isZeroRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { tailOfLog } from '../../drivers/log-tail.ts'
import { ComponentError } from '../component-error.ts'
import type { PeerPair } from '../topology.ts'
import type { ClComponent } from './components.ts'

const peersSchema = z.looseObject({ peers: z.record(z.string(), z.unknown()) })
const meshMsMax = 30_000
const pollMs = 25
const startTriesMax = 10

/** Peer ids that the node is connected to. */
export async function connectedPeers(node: ClComponent): Promise<readonly string[]> {
  return Object.keys(peersSchema.parse(await node.rpc.request('opp2p_peers', [true])).peers)
}

/** The `/p2p/…` part of the node's multiaddr. */
export function peerIdOf(node: Pick<ClComponent, 'multiaddr'>): string {
  return node.multiaddr.slice(node.multiaddr.lastIndexOf('/') + 1)
}

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
      while (!(await connectedPeers(node)).includes(peerIdOf(peer))) {
        if (clock.nowMs() > deadlineMs)
          throw new ComponentError(a, `did not connect to ${b} (${peer.multiaddr}) within ${meshMsMax} ms`, {
            logPath: node.process.logPath,
            lastLines: tailOfLog(node.process.logPath, 15),
          })
        await clock.sleep(pollMs)
      }
    }),
  )
}

/**
 * Starts block building on the node's own unsafe head, once it has one. The head may move between reading it and the
 * call: then again.
 * @throws the node's error when it refuses for another reason.
 */
export async function startSequencing(node: ClComponent, clock: Clock): Promise<void> {
  for (let tries = 1; ; tries++) {
    const status = await knownStatus(node, clock)
    try {
      await node.rpc.request('admin_startSequencer', [status.unsafeL2.hash])
      return
    } catch (error) {
      const moved = error instanceof JsonRpcError && error.message.includes('block hash does not match')
      if (!moved || tries >= startTriesMax) throw error
    }
  }
}

/** A node that has just started has not read its engine yet. */
async function knownStatus(node: ClComponent, clock: Clock): Promise<SyncStatus> {
  const deadlineMs = clock.nowMs() + meshMsMax
  for (;;) {
    const { status } = await node.status.observe()
    if (!isZeroRef(status.unsafeL2)) return status
    if (clock.nowMs() > deadlineMs)
      throw new ComponentError(node.name, `did not publish an unsafe head within ${meshMsMax} ms`, {
        logPath: node.process.logPath,
        lastLines: tailOfLog(node.process.logPath, 15),
      })
    await clock.sleep(pollMs)
  }
}
