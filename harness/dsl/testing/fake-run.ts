import { type ClNode, createClNode } from '../cl-node.ts'
import { createRun, type Run } from '../run.ts'
import { createFakeWorld, type FakeNodeControl, type FakeNodeName, type FakeWorld } from './fake-world.ts'

export interface FakeNode extends FakeNodeControl {
  readonly node: ClNode
}

/** A run in a fake world: virtual time, L1 blocks 2 s and L2 blocks 1 s. */
export interface FakeRun {
  readonly world: FakeWorld
  readonly clock: FakeWorld['clock']
  readonly run: Run
  readonly nodes: Readonly<Record<FakeNodeName, FakeNode>>
  stop(): Promise<void>
}

export function createFakeRun(): FakeRun {
  const world = createFakeWorld()
  const run = createRun(world, 'npx lockstep accept FollowL2_Fake')
  const node = (name: FakeNodeName): FakeNode => {
    const handle = world.cls.get(name)
    if (handle === undefined) throw new Error(`no node ${name}`)
    return Object.assign(world.controls[name], { node: createClNode(run, handle) })
  }
  return {
    world,
    clock: world.clock,
    run,
    nodes: { sequencer: node('sequencer'), reference: node('reference'), follower: node('follower') },
    stop: () => world.stop(),
  }
}
