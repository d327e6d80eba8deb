import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** What L1 may do to its labels, and what a node may make of it: nothing, and above all nothing final. */
const cases = [
  {
    name: 'L1View_FinalityStalls',
    claim:
      'While L1 finalizes nothing, L2 finalizes nothing and the safe chain goes on; then finality catches up.',
    fault: faults.finalityStall(),
  },
  {
    name: 'L1View_LabelsRefused',
    claim:
      'While L1 knows no safe and no finalized block, the safe chain goes on and what was final stays so; then finality catches up.',
    fault: faults.refusesLabels(),
  },
  {
    name: 'L1View_LabelsGoBack',
    claim:
      'When L1 takes its labels back, what was final stays so and the safe chain goes on; then finality catches up.',
    fault: faults.labelsGoBack(6),
  },
]

for (const { name, claim, fault } of cases)
  scenario(
    name,
    {
      claim,
      tags: ['l1-view', 'finality', 'faults'],
      topology: twoVerifiersFollowing,
      parameters: { l1SafeDistance: 1, l1FinalizedDistance: 1 },
    },
    async ({ reference, nodes, l1, point, step }) => {
      await Promise.all(nodes.map((node) => node.reached('finalized', 2)))
      const installed = await point('*→l1').install(fault)
      await installed.hit()

      const [before, label] = await step('finality stands still, the safe chain goes on', async () => {
        // What was on its way when the fault came may still arrive.
        await reference.advanced('localSafe', 2)
        const before = await reference.head('finalized')
        const label = await l1.block('finalized')
        await Promise.all(nodes.map((node) => node.advanced('localSafe', 5)))
        await l1.advanced(2)
        expect(await reference.head('finalized')).toEqual(before)
        return [before, label] as const
      })
      await step('it catches up, past where it would have stood', async () => {
        expect((await l1.block('finalized')).number).toBeGreaterThan(label.number)
        await installed.remove()
        await Promise.all(nodes.map((node) => node.reached('finalized', before.number + 2n)))
        await Promise.all(nodes.map((node) => node.holds(before)))
      })
    },
  )
