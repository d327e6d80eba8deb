import { createFollowCases } from './follow-cases.ts'
import { createL2Blocks } from './l2-blocks.ts'
import type { EventStream } from './stream.ts'

/** Records the marks that follow from other events of the stream, whatever clients run. Returns what ends it. */
export function deriveMarks(
  events: EventStream,
  l2Genesis: { readonly number: bigint; readonly hash: string },
): () => void {
  const blocks = createL2Blocks({ number: Number(l2Genesis.number), hash: l2Genesis.hash })
  const cases = createFollowCases(blocks)
  return events.subscribe((event) => {
    blocks.add(event)
    for (const fact of cases.add(event)) events.record(fact)
  })
}
