import type { Fault } from '../../harness/faults/fault.ts'
import { faults } from '../../harness/faults/vocabulary.ts'
import type { System } from '../../harness/world/live/system.ts'

/** Something that goes wrong for a while, and that every node must get over. */
interface Disturbance {
  readonly name: string
  /** Resolves when it is over. */
  run(system: System, hold: () => Promise<void>): Promise<void>
}

const fault = (point: string, make: Fault): Disturbance => ({
  name: `${point}: ${make.name}`,
  async run(system, hold) {
    const installed = await system.points.get(point).install(make)
    try {
      await hold()
    } finally {
      await installed.remove()
    }
  },
})

const reorg = (depth: bigint): Disturbance => ({
  name: `L1 reorg of depth ${depth}`,
  async run({ l1 }, hold) {
    const head = await l1.controller.head()
    if (head.number > depth) await l1.controller.reorg(head.number - depth + 1n)
    await hold()
  },
})

/** In turn, for as long as a soak lasts: each kind of connection is hurt, and each kind of component restarted. */
export const disturbances: readonly Disturbance[] = [
  fault('follower→reference', faults.slow(800)),
  reorg(2n),
  fault('reference→l1', faults.status(503)),
  fault('follower→l1', faults.lag(2)),
  fault('gossip', faults.isolate()),
  fault('follower→follower-el(engine)', faults.slow(300)),
  fault('el-peers', faults.isolate()),
  reorg(3n),
  fault('reference→beacon', faults.withholds()),
  fault('follower→reference', faults.garbage()),
  fault('sequencer→l1', faults.drop().withProbability(0.3)),
  fault('follower', faults.kill()),
  fault('reference', faults.stop()),
  fault('follower-el', faults.kill()),
  fault('follower', faults.pause()),
]
