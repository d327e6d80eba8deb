import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** An engine that takes an update and then answers nothing for a while (SIGSTOP): its node waits, and loses nothing. */
scenario('Engine_PausesMidUpdate', { topology: twoVerifiersFollowing }, async (devstack) => {
  const { sequencer, reference, follower, nodes, point, step } = devstack
  const pids = nodes.map(({ pid }) => pid)
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))

  for (const node of [follower, sequencer]) {
    await step(`the engine of the ${node.name} stops while it has a forkchoice update`, async () => {
      // The update is held for a moment, in which the engine is stopped: it finds the update when it goes on.
      const held = faults.slow(50).to('engine_forkchoiceUpdated*').times(1)
      const fault = await point(`${node.name}→${node.el.name}(engine)`).install(held)
      fault.onHit(() => node.el.pause())
      await fault.hit()
      await fault.remove()
    })

    await step(`the ${node.name} goes on answering, and its heads stand still`, async () => {
      await node.notAdvanced('unsafe', { blocks: 5 })
      await node.notAdvanced('localSafe', { blocks: 1 })
    })

    await step(`the engine of the ${node.name} goes on: all agree again`, async () => {
      const before = await node.head('unsafe')
      node.el.resume()
      await Promise.all(nodes.map((other) => other.holds(before)))
      await node.advanced('unsafe', 3)
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
      await Promise.all([sequencer.inSync(reference, 'localSafe'), follower.inSync(reference, 'localSafe')])
    })
  }
  expect(nodes.map(({ pid }) => pid)).toEqual(pids)
})
