import type { EventLoop } from '../../ports/event-loop.ts'

export const systemEventLoop: EventLoop = {
  nowMs: () => performance.now(),
  later: (run) => void setImmediate(run),
}
