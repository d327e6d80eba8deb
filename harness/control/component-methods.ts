import { z } from 'zod'
import { startSequencing } from '../world/start-sequencing.ts'
import type { World } from '../world/world.ts'
import { componentOf, nodeOf, sequencerOf } from './component.ts'
import { controlMethod } from './control-method.ts'

const component = z.string().min(1).describe('A consensus node or an engine, by its name in the topology')

/** A method that does one thing to one component, and answers how it stands then. */
const deed = (description: string, act: (world: World, name: string) => Promise<void>) =>
  controlMethod(description, { component }, async ({ world }, { component: name }) => {
    await act(world, name)
    const { lifecycle } = componentOf(world, name)
    return { component: name, running: lifecycle.running, starts: lifecycle.starts }
  })

async function start(world: World, name: string): Promise<void> {
  const { lifecycle, connectPeers } = componentOf(world, name)
  if (lifecycle.running) throw new RangeError(`${name} runs already`)
  await lifecycle.start()
  // An engine that was started again has forgotten whom it knew.
  await connectPeers?.()
}

export const componentMethods = {
  control_pause: deed(
    'Stops a component in the middle of what it does (SIGSTOP): it accepts connections and answers nothing.',
    (world, name) => componentOf(world, name).lifecycle.pause(),
  ),
  control_resume: deed('Lets a paused component go on.', (world, name) =>
    componentOf(world, name).lifecycle.resume(),
  ),
  control_stop: deed('Ends a component in order.', (world, name) =>
    componentOf(world, name).lifecycle.stop(),
  ),
  control_kill: deed('Ends a component at once (SIGKILL).', (world, name) =>
    componentOf(world, name).lifecycle.kill(),
  ),
  control_start: deed('Starts a stopped component, with all that it stored.', start),
  control_restart: deed('Ends a component in order and starts it again.', async (world, name) => {
    await componentOf(world, name).lifecycle.stop()
    await start(world, name)
  }),
  control_wipe: deed('Ends a component, removes all that it stored, and leaves it stopped.', (world, name) =>
    componentOf(world, name).lifecycle.wipe(),
  ),
  control_batcher: controlMethod(
    'Turns the batcher on or off.',
    { on: z.boolean() },
    async ({ world: { batcher } }, { on }) => {
      if (batcher === null) throw new RangeError('this topology has no batcher')
      await (on ? batcher.start() : batcher.stop())
      return { on: batcher.running }
    },
  ),
  control_sequencer: controlMethod(
    'Tells a sequencing node to build blocks on its unsafe head, or none.',
    {
      on: z.boolean(),
      node: z.string().min(1).optional().describe('Default: the sequencing node of the topology'),
    },
    async ({ world }, { on, node: name }) => {
      const node = nodeOf(world, name ?? sequencerOf(world))
      if (on) await startSequencing(node, world.clock)
      else await node.rpc.request('admin_stopSequencer', [])
      return { node: node.name, on }
    },
  ),
}
