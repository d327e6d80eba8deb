import { expect, rule, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const pauses = {
  claim:
    'A node whose engine stops answering in the middle of a forkchoice update keeps answering, and loses no block when the engine goes on.',
  tags: ['engine', 'faults'],
  topology: twoVerifiersFollowing,
  ownProcess: ['follower-el', 'sequencer-el'],
}

/** An engine that takes an update and then answers nothing for a while (SIGSTOP): its node waits, and loses nothing. */
scenario('Engine_PausesMidUpdate', pauses, async (devstack) => {
  const { sequencer, reference, follower, nodes, point, step } = devstack
  const starts = nodes.map(({ starts }) => starts)
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))

  for (const name of ['follower', 'sequencer'] as const) {
    const node = devstack[name]
    await step(`the engine of the ${node.name} stops while it has a forkchoice update`, async () => {
      const engine = point(`${name}→${name}-el(engine)`)
      const stopped = Promise.withResolvers<void>()
      const stopsAtUpdate = rule('stop the engine at the next update', ({ phase, rpcMethods }) => {
        if (phase === 'request' && rpcMethods.some((method) => method.startsWith('engine_forkchoiceUpdated')))
          node.el.pause().then(stopped.resolve, stopped.reject)
        return { kind: 'pass' }
      })
      const fault = await engine.install(stopsAtUpdate)
      await stopped.promise
      await fault.remove()
    })

    await step(`the ${node.name} goes on answering, and its heads stand still`, async () => {
      await node.notAdvanced('unsafe', { blocks: 5 })
      await node.notAdvanced('localSafe', { blocks: 1 })
    })

    await step(`the engine of the ${node.name} goes on: all agree again`, async () => {
      const before = await node.head('unsafe')
      await node.el.resume()
      await Promise.all(nodes.map((other) => other.holds(before)))
      await node.advanced('unsafe', 3)
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
      await Promise.all([sequencer.inSync(reference, 'localSafe'), follower.inSync(reference, 'localSafe')])
    })
  }
  expect(nodes.map(({ starts }) => starts)).toEqual(starts)
})
