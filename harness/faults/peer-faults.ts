import { z } from 'zod'
import { defineFault, defineSimple, type FaultEntry } from './fault-entry.ts'

const isolate = defineSimple(
  'isolate',
  'The connection is cut, and every new one is: between two peers, or all of a group of points.',
  { peers: { kind: 'cut' } },
)
const partition = defineFault({
  fault: 'partition',
  signature: 'partition(groups)',
  says: 'Connections between members of different groups are cut, and every new one is. Who is in no group is alone.',
  parameters: z.strictObject({ groups: z.array(z.array(z.string().min(1)).min(1)).min(1) }),
  shown: ({ groups }) => groups.map((group) => group.join(' + ')).join(' | '),
  effects: ({ groups }) => ({ peers: { kind: 'partition', groups } }),
})
const heal = defineSimple('heal', 'Ends every fault of the point, or of all points of the group.', {
  peers: { kind: 'heal' },
})

/** Faults of the connections between peers; `slow` and `drop` are with those of requests. */
export const peerFaults = {
  isolate: () => isolate.make({}),
  partition: (groups: readonly (readonly string[])[]) =>
    partition.make({ groups: groups.map((group) => [...group]) }),
  heal: () => heal.make({}),
}
export const peerEntries: readonly FaultEntry[] = [isolate, partition, heal]
