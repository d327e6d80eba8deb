/** What happened to the event loop and the memory of this process. */
export interface LoopSample {
  /** Processor time of this thread between two turns of the loop: what a busy machine does not make longer. */
  readonly longestCpuMs: number
  readonly longestWallMs: number
  /** Memory above that of the start, at its highest: resident, or heap and buffers where those reuse what is resident. */
  readonly peakMiB: number
}

const mebibyte = 1024 * 1024
/** Reading the memory costs more than a turn of the loop. */
const memoryEveryMs = 2

/** Watches until it is stopped. It keeps the loop turning, so that each turn is seen. */
export function startLoopProbe(): { stop(): LoopSample } {
  let longestCpuUs = 0
  let longestWallMs = 0
  let running = true
  const start = process.memoryUsage()
  let peakBytes = 0
  let memoryAtMs = 0
  const cpuUs = () => {
    const { user, system } = process.threadCpuUsage()
    return user + system
  }
  let lastCpuUs = cpuUs()
  let lastMs = performance.now()
  const turn = () => {
    const nowUs = cpuUs()
    const nowMs = performance.now()
    longestCpuUs = Math.max(longestCpuUs, nowUs - lastCpuUs)
    longestWallMs = Math.max(longestWallMs, nowMs - lastMs)
    if (nowMs - memoryAtMs > memoryEveryMs) {
      memoryAtMs = nowMs
      const { rss, heapUsed, external } = process.memoryUsage()
      const used = heapUsed + external - start.heapUsed - start.external
      peakBytes = Math.max(peakBytes, rss - start.rss, used)
    }
    lastCpuUs = nowUs
    lastMs = nowMs
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    stop() {
      turn()
      running = false
      return {
        longestCpuMs: longestCpuUs / 1000,
        longestWallMs,
        peakMiB: peakBytes / mebibyte,
      }
    },
  }
}
