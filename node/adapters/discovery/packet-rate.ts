import type { Clock } from '../../ports/clock.ts'

/** Packets that are read per second: of one sender, and of all. More are dropped unread. */
const packetsPerSenderMax = 100
const packetsMax = 1_000

/** Says of every packet whether it is read. Counts within each second of the clock. */
export function createPacketRate(clock: Pick<Clock, 'nowMs'>): (sender: string) => boolean {
  let second = 0
  let all = 0
  const bySender = new Map<string, number>()
  return (sender) => {
    const now = Math.floor(clock.nowMs() / 1_000)
    if (now !== second) {
      second = now
      all = 0
      bySender.clear()
    }
    const count = (bySender.get(sender) ?? 0) + 1
    // Senders are remembered only when they are read: their number is bounded, too.
    if (all >= packetsMax || count > packetsPerSenderMax) return false
    all++
    bySender.set(sender, count)
    return true
  }
}
