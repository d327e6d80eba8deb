import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import type { Clock } from '../../node/ports/clock.ts'
import { isZeroRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { ComponentError } from './component-error.ts'
import type { ClHandle } from './world.ts'

const headMsMax = 30_000
const pollMs = 25
const startTriesMax = 10

type SequencingNode = Pick<ClHandle, 'name' | 'rpc' | 'status'>

/**
 * Starts block building on the node's own unsafe head, once it has one. The head may move between reading it and the
 * call: then again.
 * @throws the node's error when it refuses for another reason.
 */
export async function startSequencing(node: SequencingNode, clock: Clock): Promise<void> {
  for (let tries = 1; ; tries++) {
    const status = await knownStatus(node, clock)
    try {
      await node.rpc.request('admin_startSequencer', [status.unsafeL2.hash])
      return
    } catch (error) {
      const moved = error instanceof JsonRpcError && error.message.includes('block hash does not match')
      if (!moved || tries >= startTriesMax) throw error
    }
  }
}

/** A node that has just started has not read its engine yet. */
async function knownStatus({ name, status }: SequencingNode, clock: Clock): Promise<SyncStatus> {
  const deadlineMs = clock.nowMs() + headMsMax
  for (;;) {
    const latest = (await status.observe()).status
    if (!isZeroRef(latest.unsafeL2)) return latest
    if (clock.nowMs() > deadlineMs)
      throw new ComponentError(name, `did not publish an unsafe head within ${headMsMax} ms`)
    await clock.sleep(pollMs)
  }
}
