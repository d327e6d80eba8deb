import type { WorldEvent } from '../../events/event.ts'
import type { Bug } from '../bugs/bugs.ts'
import { nodeFactory } from '../replay/node-under-test.ts'
import { replayRecording } from '../replay/replay-recording.ts'
import { replayText } from '../replay/replay-text.ts'

/** What is wrong with the replays of a recording: the node with the bug fails the same way, and ours passes. Null: nothing. */
export async function checkReplay(events: readonly WorldEvent[], bug: Bug): Promise<string | null> {
  const again = await replayRecording(events, { create: nodeFactory(bug) })
  if (again.node !== 'follower' || again.verdict.outcome !== 'fails-the-same-way')
    return `expected the follower to fail the same way: ${replayText(again, 'with the bug')}`
  const ours = await replayRecording(events, { create: nodeFactory(null) })
  if (ours.verdict.outcome !== 'passes' || ours.comparison.divergence === null)
    return `expected our node to pass: ${replayText(ours, 'ours')}`
  return null
}
