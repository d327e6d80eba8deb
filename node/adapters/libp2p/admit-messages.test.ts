import { expect, it } from 'vitest'
import { admitMessages } from './admit-messages.ts'

/** A gossipsub that notes what it handles, and a door that opens for one at a time. */
function setUp() {
  const handled: string[] = []
  const doors: (() => void)[] = []
  const pubsub = {
    async handleReceivedMessage(from: string, { data }: { topic: string; data?: Uint8Array }) {
      handled.push(`${from} ${data?.length}`)
    },
  }
  const admits = (topic: string) => topic === 'blocks'
  admitMessages(pubsub, admits, () => new Promise((resolve) => doors.push(resolve)))
  const send = (from: string, bytes: number, topic = 'blocks') =>
    pubsub.handleReceivedMessage(from, { topic, data: new Uint8Array(bytes) })
  const openAll = async () => {
    for (const open of doors.splice(0)) open()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { send, handled, openAll, doors }
}

it('handles what is admitted when it has its turn, and nothing before', async () => {
  const { send, handled, openAll } = setUp()
  void send('a', 1)
  void send('a', 2, 'other')
  expect(handled).toEqual([])
  await openAll()
  expect(handled).toEqual(['a 1'])
})

it('lets so many of a peer wait, and one of every other peer', async () => {
  const { send, handled, openAll, doors } = setUp()
  for (let count = 0; count < 100; count++) void send('flood', 1)
  void send('honest', 7)
  expect(doors).toHaveLength(65)
  await openAll()
  expect(handled.filter((one) => one === 'flood 1')).toHaveLength(64)
  expect(handled).toContain('honest 7')
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
  expect(() =>
    admitMessages(
      {},
      () => true,
      async () => {},
    ),
  ).toThrow('another version than package.json pins')
})
