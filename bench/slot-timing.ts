import { twoSequencers } from '../harness/topologies.ts'
import { startSystem } from '../harness/world/live/system.ts'
import { pollMs, quantile, watchHead } from './watch-head.ts'

const samples = 40
const limitMs = 180_000
/** A block that is seen within this of its slot was made for it; before, the sequencer still catches up with its start. */
const caughtUpMs = 100

/**
 * How long after its slot a block of an idle sequencer is its unsafe head, in milliseconds; negative when before. Each
 * sample is up to {@link pollMs} too high.
 */
export async function measureSlotTiming() {
  const signal = AbortSignal.timeout(limitMs)
  const system = await startSystem({
    topology: twoSequencers,
    stopped: ['second', 'batcher'],
    name: 'bench-sequencer',
    signal,
  })
  const ended = new AbortController()
  const offsets: number[] = []
  try {
    const until = AbortSignal.any([ended.signal, signal, system.failed])
    await watchHead(system, 'first', 'unsafe', until, ({ timestamp }, atMs) => {
      const offsetMs = atMs - Number(timestamp) * 1000
      if (offsets.length === 0 && offsetMs > caughtUpMs) return
      offsets.push(offsetMs)
      if (offsets.length >= samples) ended.abort()
    })
    signal.throwIfAborted()
    system.failed.throwIfAborted()
  } finally {
    await system.stop()
  }
  offsets.sort((a, b) => a - b)
  return {
    blocks: offsets.length,
    within50Ms: offsets.filter((ms) => Math.abs(ms) <= 50 + pollMs).length,
    minMs: quantile(offsets, 0),
    p50Ms: quantile(offsets, 0.5),
    p90Ms: quantile(offsets, 0.9),
    maxMs: quantile(offsets, 1),
  }
}
