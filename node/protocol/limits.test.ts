import { describe, expect, it } from 'vitest'
import {
  brotliAllowed,
  channelTimeout,
  maxChannelBankSize,
  maxRlpBytesPerChannel,
  maxSequencerDrift,
} from './limits.ts'
import { testRollupConfig } from './testing/rollup-config.ts'

const config = testRollupConfig({ fjord: 100n, granite: 200n })

describe('protocol limits by the time of the L1 origin', () => {
  // derivation.md, "Protocol Parameters"; granite/derivation.md, "Reduce Channel Timeout".
  it.each([
    { time: 99n, rlp: 10_000_000, bank: 100_000_000, drift: 600n, brotli: false, timeout: 300n },
    { time: 100n, rlp: 100_000_000, bank: 1_000_000_000, drift: 1800n, brotli: true, timeout: 300n },
    { time: 199n, rlp: 100_000_000, bank: 1_000_000_000, drift: 1800n, brotli: true, timeout: 300n },
    { time: 200n, rlp: 100_000_000, bank: 1_000_000_000, drift: 1800n, brotli: true, timeout: 50n },
  ])('at $time', ({ time, rlp, bank, drift, brotli, timeout }) => {
    expect(maxRlpBytesPerChannel(config.forks, time)).toBe(rlp)
    expect(maxChannelBankSize(config.forks, time)).toBe(bank)
    expect(maxSequencerDrift(config, time)).toBe(drift)
    expect(brotliAllowed(config.forks, time)).toBe(brotli)
    expect(channelTimeout(config, time)).toBe(timeout)
  })
})
