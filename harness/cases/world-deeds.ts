import { faultFromJson } from '../faults/vocabulary.ts'
import { startSequencing } from '../world/start-sequencing.ts'
import type { World } from '../world/world.ts'
import type { Deed } from './case.ts'
import { deposit } from './deposit.ts'
import { rotateSigner } from './rotate-signer.ts'
import { writeInbox } from './write-inbox.ts'

/** What undoes a deed that lasts. */
type Undo = () => Promise<void>

const nothing: Undo = async () => {}

/**
 * Does one thing to a world. A reorg deeper than L1 is replaces all above its genesis; a component that does not run
 * takes no call, and is left alone.
 */
export async function doDeed(world: World, deed: Deed): Promise<Undo> {
  const { controller } = world.l1
  switch (deed.kind) {
    case 'fault': {
      const installed = await world.points.get(deed.point).install(faultFromJson(deed.fault))
      return () => installed.remove()
    }
    case 'l1-reorg': {
      const { number } = await controller.head()
      if (number === 0n) return nothing
      const wanted = number - BigInt(deed.depth) + 1n
      const first = wanted < 1n ? 1n : wanted
      // One block cannot be replaced by none.
      const to = deed.to === 'shorter' && first === number ? 'equal' : deed.to
      await controller.reorg(first, { to, transactions: deed.transactions })
      return nothing
    }
    case 'l1-mine':
      await controller.mine({ blocks: deed.blocks, everySlot: true })
      return nothing
    case 'l1-stop':
      await controller.stop()
      return async () => controller.start()
    case 'batcher-stop':
      await world.batcher?.stop()
      return async () => world.batcher?.start()
    case 'sequencer-stop':
    case 'reset': {
      const node = world.cls.get(deed.node)
      const method = deed.kind === 'reset' ? 'admin_resetDerivationPipeline' : 'admin_stopSequencer'
      await node?.rpc.request(method, []).catch(() => {})
      return nothing
    }
    case 'signer-rotation':
      await rotateSigner(world)
      return nothing
    case 'l1-deposit':
      await deposit(world, deed.user)
      return nothing
    case 'inbox':
      await writeInbox(world, deed)
      return nothing
  }
}

const lookMs = 2_000

/**
 * Keeps block building going as an operator does: one who builds no blocks, and was not told to stop, is started again
 * once it knows its head. Ends with the signal.
 */
export async function keepSequencing(
  world: World,
  name: string,
  mayRun: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const node = world.cls.get(name)
  if (node === undefined) return
  while (!signal.aborted) {
    try {
      if (
        mayRun() &&
        node.lifecycle.running &&
        (await node.rpc.request('admin_sequencerActive', [])) === false
      )
        await startSequencing(node, world.clock)
    } catch {
      // It is being restarted, or its engine is away: the next look asks again.
    }
    await world.clock.sleep(lookMs, signal).catch(() => {})
  }
}
