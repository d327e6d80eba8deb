import { describe, expect, it } from 'vitest'
import { createPacketRate } from './packet-rate.ts'

function setUp() {
  const time = { ms: 5_000 }
  const admits = createPacketRate({ nowMs: () => time.ms })
  const admitted = (sender: string, packets: number) =>
    Array.from({ length: packets }, () => admits(sender)).filter(Boolean).length
  return { time, admitted }
}

describe('the rate of packets', () => {
  it('is a hundred per second and sender', () => {
    const { time, admitted } = setUp()
    expect(admitted('a', 150)).toBe(100)
    expect(admitted('b', 50)).toBe(50)
    time.ms = 5_999
    expect(admitted('a', 1)).toBe(0)
    time.ms = 6_000
    expect(admitted('a', 150)).toBe(100)
  })

  it('is a thousand per second in all', () => {
    const { time, admitted } = setUp()
    let all = 0
    for (let sender = 0; sender < 1_500; sender++) all += admitted(`s${sender}`, 1)
    expect(all).toBe(1_000)
    time.ms += 1_000
    expect(admitted('late', 1)).toBe(1)
  })
})
