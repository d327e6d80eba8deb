import { describe, expect, it } from 'vitest'
import { createFilters } from './filters.ts'

function setup() {
  let nowMs = 0
  let ids = 0
  const tells = new Set<(changes: readonly unknown[]) => void>()
  const filters = createFilters<string>({
    clock: { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('a filter needs no timer')) },
    random: {
      bytes: (length) =>
        new Uint8Array(length)
          .fill(0)
          .with(length - 1, ++ids & 0xff)
          .with(0, ids >> 8),
    },
  })
  const listen = (tell: (changes: readonly unknown[]) => void) => {
    tells.add(tell)
    return () => void tells.delete(tell)
  }
  const tell = (...changes: unknown[]) => {
    for (const one of [...tells]) one(changes)
  }
  const install = () => filters.install('logs', listen) as string
  return { filters, listen, tell, tells, install, wait: (ms: number) => (nowMs += ms) }
}

describe('filters', () => {
  it('gives each change once to each filter', () => {
    const { filters, install, tell } = setup()
    const [a, b] = [install(), install()]
    tell(1)
    expect(filters.take(a)).toEqual([1])
    tell(2, 3)
    expect(filters.take(a)).toEqual([2, 3])
    expect(filters.take(a)).toEqual([])
    expect(filters.take(b)).toEqual([1, 2, 3])
    expect(filters.kind(a)).toBe('logs')
    expect(filters.take('0x1')).toBeNull()
  })

  it('forgets a filter that nobody asked for five minutes, and stops listening for it', () => {
    const { filters, install, tell, tells, wait } = setup()
    const [asked, idle] = [install(), install()]
    wait(299_999)
    expect(filters.take(asked)).toEqual([])
    tell(1)
    expect(tells.size).toBe(2)
    wait(1)
    tell(2)
    expect(tells.size).toBe(1)
    expect(filters.take(idle)).toBeNull()
    expect(filters.take(asked)).toEqual([1, 2])
    wait(300_000)
    expect(filters.kind(asked)).toBeNull()
    expect(filters.uninstall(asked)).toBe(false)
  })

  it('drops a filter whose changes nobody fetches', () => {
    const { filters, install, tell, tells } = setup()
    const id = install()
    tell(...Array.from({ length: 20_000 }, () => 0))
    expect(tells.size).toBe(1)
    tell(0)
    expect(tells.size).toBe(0)
    expect(filters.take(id)).toBeNull()
  })

  it('takes 1024 filters, and more once others are idle', () => {
    const { filters, install, listen, wait } = setup()
    for (let count = 0; count < 1024; count++) install()
    expect(filters.install('logs', listen)).toBeNull()
    wait(300_000)
    expect(filters.install('logs', listen)).not.toBeNull()
  })
})
