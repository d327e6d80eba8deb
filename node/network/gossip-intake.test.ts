import { expect, it } from 'vitest'
import { nativeSha256 } from '../adapters/system/native-sha256.ts'
import { DecodeError } from '../protocol/byte-reader.ts'
import { gossipMessageId, openGossipMessage, type SignedGossipPayload } from '../protocol/gossip-message.ts'
import { keccak256 } from '../protocol/hash.ts'
import { snappyCompress } from '../protocol/snappy.ts'
import { runSteps } from '../protocol/steps.ts'
import { createGossipBudget } from './gossip-budget.ts'
import { createGossipIntake } from './gossip-intake.ts'

const topic = '/optimism/901/3/blocks'
/** 8 MiB that are 400 KiB on their way. */
const bomb = () => snappyCompress(new Uint8Array(8 * 1024 * 1024).fill(7))

/** Of megabytes, which take seconds to compare one by one. */
const summary = ({ signature, payload, payloadHash }: SignedGossipPayload) => ({
  ...{ signature, payloadHash },
  bytes: payload.length,
  isWhole: keccak256(payload) === payloadHash,
})

function setUp() {
  const refused: [string, number][] = []
  let nowMs = 0
  const intake = createGossipIntake({
    budget: createGossipBudget(2_000, () => false),
    nowMs: () => nowMs,
    sha256: nativeSha256,
    onRefused: (from, bytes) => void refused.push([from, bytes]),
  })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { ...intake, refused, pass }
}

it('decompresses a message once for its id and its judgement', () => {
  const { messageId, open } = setUp()
  const data = bomb()
  const [id, message] = [gossipMessageId(topic, data), summary(openGossipMessage(data))]
  expect(messageId(topic, data)).toEqual(id)
  // What is judged was decompressed before this.
  data.fill(0)
  expect(summary(open(data))).toEqual(message)
  // And is held no longer than that.
  expect(() => open(data)).toThrow(DecodeError)
})

it('prepares a message in steps that each take a part of it, and then knows all that is asked', () => {
  const { prepare, messageId, open } = setUp()
  const data = bomb()
  const [id, message] = [gossipMessageId(topic, data), summary(openGossipMessage(data))]
  // Of 8 MiB decompressed, and as many hashed.
  expect([...prepare(topic, data)].length).toBeGreaterThan(12)
  data.fill(0, 100)
  expect(summary(open(data))).toEqual(message)
  runSteps(prepare(topic, bomb()))
  expect(messageId(topic, bomb())).toEqual(id)
})

it('reads what it cannot read once', () => {
  const { prepare, open } = setUp()
  // Its last bytes are of no use.
  const data = Uint8Array.from([...bomb(), 0xff])
  expect([...prepare(topic, data)].length).toBeGreaterThan(6)
  // Would be read now.
  data.set(snappyCompress(new Uint8Array(data.length - 100)))
  expect(() => open(data)).toThrow('expected 4 bytes at offset')
})

it('does not decompress, nor pay for, the same bytes of another peer', () => {
  const { admits, messageId, refused } = setUp()
  const id = messageId(topic, bomb())
  for (let peer = 0; peer < 8; peer++) expect(admits(topic, bomb(), `peer ${peer}`)).toBe(true)
  expect(refused).toEqual([])
  expect(messageId(topic, bomb())).toEqual(id)
  expect(messageId('/optimism/901/2/blocks', bomb())).not.toEqual(id)
})

it('pays again for bytes whose id the transport has forgotten', () => {
  const { admits, messageId, pass } = setUp()
  const other = snappyCompress(new Uint8Array(8 * 1024 * 1024).fill(8))
  messageId(topic, bomb())
  pass(60_001)
  const admitted = [bomb(), other, bomb()].map((data) => admits(topic, data, 'peer'))
  expect(admitted).toEqual([true, true, false])
})

it('refuses what is beyond the budget by the length that it declares, and takes what is refused for nothing anyway', () => {
  const { admits, refused } = setUp()
  const declared = (length: number[]) => Uint8Array.from([...length, 0, 0x41])
  const tenMebibytes = [0x80, 0x80, 0x80, 0x05]
  const sent = [tenMebibytes, tenMebibytes, tenMebibytes].map((length) =>
    admits(topic, declared(length), 'a'),
  )
  expect(sent).toEqual([true, true, false])
  expect(refused).toEqual([['a', 10 * 1024 * 1024]])
  expect(admits(topic, declared([0xff, 0xff, 0xff, 0xff, 0x0f]), 'b')).toBe(true)
  expect(admits(topic, new Uint8Array(), 'c')).toBe(true)
})

it.each([
  ['nothing', new Uint8Array()],
  ['garbage', Uint8Array.of(1, 2, 3)],
  ['a message', snappyCompress(new Uint8Array(300).fill(9))],
])('gives the id of %s as without it, with either hash', (_, data) => {
  expect(setUp().messageId(topic, data)).toEqual(gossipMessageId(topic, data))
})
