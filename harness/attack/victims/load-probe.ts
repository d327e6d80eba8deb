import type { Measured } from '../attack.ts'

/** Measures the process that it runs in, from `begin` on. */
export interface LoadProbe {
  begin(): void
  read(): Measured
}

const sampleMs = 5
const bytesPerMiB = 2 ** 20

/**
 * The longest turn in processor time of this thread, so that a busy machine does not count: what passed between two
 * timers that were due, which is one turn and at most the `sampleMs` before it.
 */
export function startLoadProbe(): LoadProbe {
  let [stallMs, baseBytes, peakBytes] = [0, process.memoryUsage.rss(), 0]
  let last = processorMs()
  setInterval(() => {
    const now = processorMs()
    stallMs = Math.max(stallMs, now - last)
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
    last = processorMs()
  }, sampleMs).unref()
  return {
    begin() {
      last = processorMs()
      stallMs = 0
      baseBytes = process.memoryUsage.rss()
      peakBytes = baseBytes
    },
    read: () => ({
      stallMs: Math.round(Math.max(stallMs, processorMs() - last)),
      growthMiB: Math.round((peakBytes - baseBytes) / bytesPerMiB),
    }),
  }
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
