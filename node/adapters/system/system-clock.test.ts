import { describe, expect, it, vi } from 'vitest'
import { createSystemClock } from './system-clock.ts'

describe('system clock', () => {
  it.each([0, 20_000, -20_000])('is ahead by %i ms, and measures the same time', (offsetMs) => {
    vi.useFakeTimers({ now: 1_000_000 })
    try {
      const clock = createSystemClock(offsetMs)
      expect(clock.nowMs()).toBe(1_000_000 + offsetMs)
      vi.advanceTimersByTime(500)
      expect(clock.nowMs()).toBe(1_000_500 + offsetMs)
    } finally {
      vi.useRealTimers()
    }
  })

  it('resolves after the time and not before', async () => {
    vi.useFakeTimers()
    try {
      let woke = false
      const sleeping = createSystemClock()
        .sleep(100)
        .then(() => {
          woke = true
        })
      await vi.advanceTimersByTimeAsync(99)
      expect(woke).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await sleeping
      expect(woke).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('rejects with the reason when the signal aborts, and leaves no timer', async () => {
    vi.useFakeTimers()
    try {
      const stop = new AbortController()
      const sleeping = createSystemClock().sleep(1_000, stop.signal)
      stop.abort(new Error('stopped'))
      await expect(sleeping).rejects.toThrow('stopped')
      expect(vi.getTimerCount()).toBe(0)
      await expect(createSystemClock().sleep(1, stop.signal)).rejects.toThrow('stopped')
    } finally {
      vi.useRealTimers()
    }
  })

  it('does not wake at once from a sleep longer than a timer can hold', async () => {
    vi.useFakeTimers()
    try {
      let woke = false
      void createSystemClock()
        .sleep(2 ** 40)
        .then(() => {
          woke = true
        })
      await vi.advanceTimersByTimeAsync(1_000)
      expect(woke).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })

  it('removes its abort listener once it has woken', async () => {
    vi.useFakeTimers()
    try {
      const stop = new AbortController()
      const removed = vi.spyOn(stop.signal, 'removeEventListener')
      const sleeping = createSystemClock().sleep(5, stop.signal)
      await vi.advanceTimersByTimeAsync(5)
      await sleeping
      expect(removed).toHaveBeenCalledTimes(1)
    } finally {
      vi.useRealTimers()
    }
  })
})
