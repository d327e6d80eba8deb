import { z } from 'zod'
import { blockIdToJson } from '../../node/protocol/sync-status-json.ts'
import { BelowFinalizedError, type ReorgResult } from '../l1/controller.ts'
import { type ControlContext, controlMethod, type L1Control } from './control-method.ts'

/** Deeper than any reorg that a devstack's finality lets pass, and quick enough to answer. */
const depthMax = 64
const blocksMax = 100

const transactions = z
  .enum(['return', 'keep', 'reorder', 'drop'])
  .optional()
  .describe(
    'What becomes of the transactions of the replaced blocks; default return (they are pending again)',
  )

const belowFinalized = z
  .boolean()
  .optional()
  .describe(
    'Also replace blocks that L1 has called finalized: a node that has finalized L2 blocks of them ends, and with it all that lockstep up started; default false: it is refused',
  )

/** A refusal that says how it is done all the same. */
async function unlessFinalized(reorg: Promise<ReorgResult>): Promise<ReorgResult> {
  return reorg.catch((error: unknown) => {
    if (!(error instanceof BelowFinalizedError)) throw error
    throw new RangeError(
      `${error.message}, and nodes that have finalized what stands on it would end; "belowFinalized": true does it all the same`,
    )
  })
}

export const l1Methods = {
  control_reorg: controlMethod(
    'Replaces the newest L1 blocks by a new fork; finalized ones only when asked to.',
    {
      depth: z.int().min(1).max(depthMax).describe('How many blocks, from the head down'),
      length: z
        .enum(['longer', 'equal', 'shorter'])
        .optional()
        .describe('The new fork beside the old one; default longer, by one block'),
      transactions,
      as: z.string().min(1).max(40).optional().describe('Names the new fork, to come back to it'),
      belowFinalized,
    },
    async ({ world }: L1Control, params) => {
      const { depth, length = 'longer', transactions = 'return', as, belowFinalized = false } = params
      const { controller } = world.l1
      const head = await controller.head()
      const at = head.number - BigInt(depth) + 1n
      if (at < 1n)
        throw new RangeError(`cannot replace ${depth} blocks: L1 has ${head.number} above its genesis`)
      const named = as === undefined ? {} : { as }
      const options = { to: length, transactions, keepFinalized: !belowFinalized, ...named }
      return reorgToJson(await unlessFinalized(controller.reorg(at, options)))
    },
  ),
  control_switchFork: controlMethod(
    'Goes back to a fork that L1 was: its blocks come back with the hashes that they had. The first fork is main.',
    { fork: z.string().min(1).max(40), transactions, belowFinalized },
    async ({ world }: L1Control, { fork, transactions = 'return', belowFinalized = false }) => {
      const options = { transactions, keepFinalized: !belowFinalized }
      return reorgToJson(await unlessFinalized(world.l1.controller.switchTo(fork, options)))
    },
  ),
  control_mine: controlMethod(
    'Mines L1 blocks now, one slot after the other, with what is pending in the first.',
    { blocks: z.int().min(1).max(blocksMax).optional().describe('Default 1') },
    async ({ world }: L1Control, { blocks = 1 }) => {
      const mined = await world.l1.controller.mine({ blocks, everySlot: true })
      return mined.map(blockIdToJson)
    },
  ),
  control_l1Production: controlMethod(
    'Turns the production of L1 blocks on or off.',
    { on: z.boolean() },
    async ({ world }: L1Control, { on }) => {
      if (on) world.l1.controller.start()
      else await world.l1.controller.stop()
      return { on: world.l1.controller.producing }
    },
  ),
}

function reorgToJson({ orphaned, replaced }: ReorgResult) {
  return { orphaned: orphaned.map(blockIdToJson), replaced: replaced.map(blockIdToJson) }
}

/** What L1 is now, for `control_state`. */
export function l1ToJson({ world }: ControlContext) {
  const { controller, view } = world.l1
  const { safe, finalized } = controller.labels()
  return {
    head: blockIdToJson(view.head),
    safe: Number(safe),
    finalized: Number(finalized),
    producing: controller.producing,
  }
}
