import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../../config/forks.ts'
import { concatBytes } from '../../protocol/bytes.ts'
import type { Frame } from '../../protocol/frame.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import { createChannelAssembler } from './channel-assembler.ts'
import { createChannelBank } from './channel-bank.ts'
import type { ChannelObserver, ChannelProvider } from './channel-provider.ts'
import { testHash, testRollupConfig } from './testing/test-config.ts'

const config = (fork: ForkName) => ({ ...testRollupConfig(fork), channelTimeout: 300n })
const origin = (number: bigint, timestamp = number): L1BlockRef => ({
  hash: testHash('a1'),
  number,
  parentHash: testHash('a0'),
  timestamp,
})

/** `a1` is frame 1 of channel a with two bytes of data, `a1!` closes the channel. */
function frame(text: string, length?: number): Frame {
  const [, channel, number, last] = /^(\w)(\d+)(!?)$/.exec(text)!
  const data = length === undefined ? new TextEncoder().encode(channel! + number) : new Uint8Array(length)
  return {
    channelId: `0x${channel!.charCodeAt(0).toString(16).repeat(16)}`,
    number: Number(number),
    data,
    isLast: last === '!',
  }
}

/** Feeds frames; `@12` moves the L1 origin. Returns the channels in the order in which they came out. */
function feed(provider: ChannelProvider, script: string): string[] {
  const out: string[] = []
  let at = origin(10n)
  const read = () => {
    for (let data = provider.next(at); data !== undefined; data = provider.next(at))
      out.push(new TextDecoder().decode(concatBytes(data)))
  }
  for (const word of script.split(' ')) {
    if (word.startsWith('@')) at = origin(BigInt(word.slice(1)))
    else provider.add(frame(word), at)
    read()
  }
  return out
}

const lengthOf = (data: readonly Uint8Array[] | undefined) => data && concatBytes(data).length

type Row = readonly [rule: string, script: string, channels: readonly string[]]

/** Source: derivation.md, "Channel Bank". */
const bankRows: readonly Row[] = [
  ['frames in order', 'a0 a1 a2!', ['a0a1a2']],
  ['frames in any order', 'a2! a0 a1', ['a0a1a2']],
  ['interleaved channels', 'a0 b0 b1! a1!', ['b0b1', 'a0a1']],
  ['a duplicate frame does not count', 'a0 a0 a1!', ['a0a1']],
  ['a second close does not count', 'a2! a1! a0 a1', ['a0a1a2']],
  ['a close drops the frames after it', 'a3 a0 a1!', ['a0a1']],
  ['a frame after the close does not count', 'a1! a2 a0', ['a0a1']],
  ['an id can be used again', 'a0! a0!', ['a0', 'a0']],
  ['at the timeout', 'a0 @310 a1!', ['a0a1']],
  ['after the timeout', 'a0 @311 a1!', []],
  ['a timed-out id can be used again', 'a0 @311 a0!', ['a0']],
  ['the timeout counts from the first frame', 'a0 @300 a1 @311 a2!', []],
]
const granite: readonly Row[] = [
  ['at the timeout', 'a0 @60 a1!', ['a0a1']],
  ['after the timeout', 'a0 @61 a1!', []],
]

/** What a provider reports while it is fed, joined; and what it holds in the end. */
function events(create: (observe: ChannelObserver) => ChannelProvider, script: string) {
  const seen: string[] = []
  const provider = create((event) => seen.push(event))
  feed(provider, script)
  return { seen: seen.join(' '), held: provider.held }
}

describe('channel events', () => {
  it.each([
    ['a0 a0 b1 a1!', 'opened frame_added frame_refused opened frame_added frame_added completed', 1, 202],
    ['a0 @311', 'opened frame_added timed_out', 0, 0],
  ])('of the bank: %s', (script, seen, channels, bytes) => {
    const found = events((observe) => createChannelBank(config('fjord'), observe), script)
    expect(found).toEqual({ seen, held: { channels, bytes } })
  })

  it.each([
    ['b1 a0 a2 a1!', 'frame_refused opened frame_added frame_refused frame_added completed', 0, 0],
    ['a0 b0', 'opened frame_added dropped opened frame_added', 1, 202],
    ['a0 @61', 'opened frame_added timed_out', 0, 0],
  ])('of the assembler: %s', (script, seen, channels, bytes) => {
    const found = events((observe) => createChannelAssembler(config('holocene'), observe), script)
    expect(found).toEqual({ seen, held: { channels, bytes } })
  })
})

describe('createChannelBank', () => {
  it.each(bankRows)('%s: %s', (_rule, script, channels) => {
    expect(feed(createChannelBank(config('fjord')), script)).toEqual(channels)
  })

  it.each(granite)('Granite has its own timeout, %s: %s', (_rule, script, channels) => {
    expect(feed(createChannelBank(config('granite')), script)).toEqual(channels)
  })

  it('reads only the first channel before Canyon', () => {
    expect(feed(createChannelBank(config('regolith')), 'a0 b0! a1!')).toEqual(['a0a1', 'b0'])
    expect(feed(createChannelBank(config('regolith')), 'a0 b0! @311')).toEqual([])
    expect(feed(createChannelBank(config('regolith')), 'a0 @50 b0! @311')).toEqual(['b0'])
  })

  // derivation.md, "Reading"; granite/derivation.md, "Reduce Channel Timeout": both by the time of the L1 block.
  it.each([
    ['canyon', 20n, 'a0 b0! @19', []],
    ['canyon', 20n, 'a0 b0! @20', ['b0']],
    ['granite', 65n, 'a0 @64 a1!', ['a0a1']],
    ['granite', 65n, 'a0 @65 a1!', []],
  ] as const)('changes its rules with the first L1 block of %s at %i: %s', (fork, time, script, channels) => {
    const { forks } = config(fork)
    expect(feed(createChannelBank({ ...config(fork), forks: { ...forks, [fork]: time } }), script)).toEqual(
      channels,
    )
  })

  it('drops the oldest channels above its size limit', () => {
    const bank = createChannelBank({ ...config('ecotone') })
    const at = origin(10n)
    const big = 1_000_000
    bank.add(frame('a0', big), at)
    // 99 frames of 1 000 200 counted bytes fit into 100 000 000; the hundredth does not.
    for (let number = 0; number < 98; number++) bank.add(frame(`b${number}`, big), at)
    bank.add(frame('a1!', 0), at)
    expect(lengthOf(bank.next(at))).toBe(big)

    bank.add(frame('a0', big), at)
    bank.add(frame('b98', big), at)
    bank.add(frame('b99!', 0), at)
    expect(bank.next(at)).toBeUndefined()
    bank.add(frame('a1!', 0), at)
    expect(lengthOf(bank.next(at))).toBe(big)
  })
})

/** Source: holocene/derivation.md, "Channel Bank". */
const assemblerRows: readonly Row[] = [
  ['frames in order', 'a0 a1 a2!', ['a0a1a2']],
  ['frames over several L1 blocks', 'a0 @11 a1 @12 a2!', ['a0a1a2']],
  ['a later frame without a channel', 'a1!', []],
  ['a gap', 'a0 a2!', []],
  ['a gap is not filled later', 'a0 a2! a1', []],
  ['a gap does not close the channel', 'a0 a2 a1!', ['a0a1']],
  ['a frame twice', 'a0 a0 a1!', ['a0a1']],
  ['another first frame replaces the channel', 'a0 b0 a1! b1!', ['b0b1']],
  ['the same first frame starts the channel again', 'a0 a1 a0!', ['a0']],
  ['a later frame of another channel', 'a0 b1 a1!', ['a0a1']],
  ['at the timeout', 'a0 @60 a1!', ['a0a1']],
  ['after the timeout', 'a0 @61 a1!', []],
  ['a channel that starts again is a new one', 'a0 @50 a0 @61 a1!', ['a0a1']],
]

describe('createChannelAssembler', () => {
  it.each(assemblerRows)('%s: %s', (_rule, script, channels) => {
    expect(feed(createChannelAssembler(config('holocene')), script)).toEqual(channels)
  })

  it('drops a channel above MAX_RLP_BYTES_PER_CHANNEL', () => {
    // Bedrock's limit of 10 000 000, which only a made-up schedule combines with Holocene.
    const { fjord: _, granite: __, ...forks } = forksActiveFrom('holocene')
    const at = origin(10n)
    const fill = (last: number) => {
      const assembler = createChannelAssembler({ ...config('holocene'), forks })
      for (let number = 0; number < 9; number++) assembler.add(frame(`a${number}`, 1_000_000), at)
      assembler.add(frame('a9!', last), at)
      return lengthOf(assembler.next(at))
    }
    const left = 10_000_000 - 9 * 1_000_200 - 200
    expect(fill(left)).toBe(9_000_000 + left)
    expect(fill(left + 1)).toBeUndefined()
  })
})
