import { expect, it } from 'vitest'
import { admitMessages } from './admit-messages.ts'

/** A gossipsub that notes what it handles, and a door that opens for one at a time. */
function setUp() {
  const handled: string[] = []
  const dropped: string[] = []
  let doors: (() => void)[] = []
  const pubsub = {
    async handleReceivedMessage(from: string, { data }: { topic: string; data?: Uint8Array }) {
      handled.push(`${from} ${data?.length}`)
      if (data?.length === 13) throw new Error('unlucky')
    },
  }
  const settings: Parameters<typeof admitMessages>[1] = {
    admits: (topic) => topic === 'blocks',
    onDropped: (why, from, bytes) => void dropped.push(`${why} ${from} ${bytes}`),
    *prepare(_, data) {
      for (let step = 1; step < data.length && step < 3; step++) {
        handled.push(`step ${step}`)
        yield
      }
    },
  }
  admitMessages(pubsub, settings, () => new Promise((resolve) => doors.push(resolve)))
  const send = (from: string, bytes: number, topic = 'blocks', extra = {}) =>
    pubsub.handleReceivedMessage(from, { topic, data: new Uint8Array(bytes), ...extra })
  const open = async () => {
    const now = doors
    doors = []
    for (const door of now) door()
    await settled()
    return now.length
  }
  const openAll = async () => {
    await settled()
    while ((await open()) > 0);
  }
  return { send, handled, dropped, open, openAll }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('handles what is admitted when it has its turn, and nothing before', async () => {
  const { send, handled, dropped, openAll } = setUp()
  void send('a', 1)
  void send('a', 2, 'other')
  void send('a', 3, 'blocks', { signature: new Uint8Array(64) })
  await settled()
  expect(handled).toEqual([])
  await openAll()
  expect(handled).toEqual(['a 1'])
  expect(dropped).toEqual(['signed a 3'])
})

it('works on one at a time, on each step of it in a turn of its own', async () => {
  const { send, handled, open, openAll } = setUp()
  void send('a', 9)
  void send('b', 8)
  await settled()
  const turns: string[][] = []
  for (let turn = 0; turn < 4; turn++) {
    expect(await open()).toBe(1)
    turns.push(handled.splice(0))
  }
  expect(turns).toEqual([['step 1'], ['step 2'], ['a 9'], ['step 1']])
  await openAll()
  expect(handled).toEqual(['step 2', 'b 8'])
})

it('goes on after one that could not be handled', async () => {
  const { send, handled, openAll } = setUp()
  const failed = expect(send('a', 13)).rejects.toThrow('unlucky')
  void send('b', 1)
  await openAll()
  await failed
  expect(handled.slice(-2)).toEqual(['a 13', 'b 1'])
})

it('lets so many of a peer wait, and one of every other peer', async () => {
  const { send, handled, dropped, openAll } = setUp()
  for (let count = 0; count < 100; count++) void send('flood', 1)
  void send('honest', 7)
  await openAll()
  expect(handled.filter((one) => one === 'flood 1')).toHaveLength(64)
  expect(handled).toContain('honest 7')
  expect(dropped).toEqual(Array(36).fill('too_many_waiting flood 1'))
  void send('flood', 2)
  await openAll()
  expect(handled).toContain('flood 2')
})

it('lets so many bytes wait, and one message of every other peer beside them', async () => {
  const { send, handled, openAll } = setUp()
  for (let count = 0; count < 8; count++) void send('flood', 10 * 2 ** 20)
  void send('honest', 10 * 2 ** 20)
  await openAll()
  expect(handled.filter((one) => one.startsWith('flood'))).toHaveLength(3)
  expect(handled.filter((one) => one.startsWith('honest'))).toHaveLength(1)
})

it('says so when the library has no such method', () => {
  expect(() => admitMessages({}, {}, async () => {})).toThrow('another version than package.json pins')
})
