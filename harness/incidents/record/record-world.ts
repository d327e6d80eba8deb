import { unsafeBlockSignerSlot } from '../../../node/l1/unsafe-block-signer.ts'
import { syncStatusFromJson } from '../../../node/protocol/sync-status-json.ts'
import type { Fact, WorldEvent } from '../../events/event.ts'
import type { World } from '../../world/world.ts'
import { buggyEndpoint, createBuggyFollower } from '../bugs/buggy-follower.ts'
import type { Bug } from '../bugs/bugs.ts'
import { type Endpoint, recordEndpoints } from './recorder.ts'

/** Records a world by public endpoints alone, with a node that has a bug in place of `follower`. */
export function recordWorld(world: World, bug?: Bug) {
  const { clock, parameters, topology } = world
  const events: WorldEvent[] = []
  const record = (fact: Fact) => void events.push({ seq: events.length, t: clock.nowMs(), ...fact })
  const stop = new AbortController()
  const endpoints = (parts: World['cls'] | World['els']): Endpoint[] =>
    [...parts.values()].map(({ name, rpc }) => ({ name, rpc }))
  const buggy = bug === undefined ? null : buggyEndpoint(createBuggyFollower(bug, surroundings(world)))
  const recording = recordEndpoints({
    ...{ runId: 'incident', els: endpoints(world.els), l1: { rpc: world.l1.rpc } },
    cls: endpoints(world.cls).map((one) =>
      one.name === 'follower' && buggy !== null ? { name: one.name, rpc: buggy } : one,
    ),
    follows: Object.fromEntries(
      Object.entries(topology.cls).flatMap(([name, { mode }]) =>
        mode.kind === 'follow' ? [[name, mode.source]] : [],
      ),
    ),
    ...{ l1BlockTime: parameters.l1BlockTime, l2BlockTime: parameters.l2BlockTime },
    ...{ clock, record, signal: stop.signal },
  })
  return {
    events: events as readonly WorldEvent[],
    async end() {
      stop.abort(new Error('recorded'))
      await recording
    },
  }
}

/** What is around the follower of a world, with its own L1 as it sees it. */
function surroundings(world: World): Parameters<typeof createBuggyFollower>[1] {
  const follower = world.cls.get('follower')
  if (follower === undefined || follower.spec.mode.kind !== 'follow')
    throw new Error('expected a node called follower that follows another one')
  const source = world.cls.get(follower.spec.mode.source)!
  const status = async (node: typeof follower, signal?: AbortSignal) =>
    syncStatusFromJson(await node.rpc.request('optimism_syncStatus', [], signal))
  return {
    source: (signal) => status(source, signal),
    l1Head: async () => (await status(follower)).headL1,
    engineHead: async () => BigInt(String(await follower.el.rpc.request('eth_blockNumber', []))),
    signer: async () =>
      String(
        await world.l1.rpc.request('eth_getStorageAt', [
          world.rollup.l1SystemConfigAddress,
          unsafeBlockSignerSlot,
          'latest',
        ]),
      ),
  }
}
