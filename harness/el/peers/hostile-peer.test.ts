import { connect, type Socket } from 'node:net'
import type { Hash } from 'viem'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../../node/adapters/system/system-random.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import { frameMessage } from './message-stream.ts'
import { encodePeerMessage, type PeerMessage } from './messages.ts'
import type { PeerChain, PeerNetwork } from './peer-network.ts'
import { createTcpNetwork, type TcpNetworkOptions } from './tcp-network.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const hash = (byte: string): Hash => `0x${byte.repeat(32)}`
const chainIs = { chainId: 901n, genesisHash: hash('01'), forkDigest: hash('02') }
const header = new Uint8Array(1000)
const none: PeerChain = { headers: () => [], bodies: () => [], receipts: () => [] }
const system = createSystemClock()
/** Ten seconds pass in ten milliseconds. */
const fastClock: Clock = { nowMs: system.nowMs, sleep: (ms, signal) => system.sleep(ms / 1000, signal) }

/** A busy machine takes seconds for what a quiet one does at once: only a hang reaches the limit. */
const patience = { interval: 5, timeout: 30_000 }

const open: (() => Promise<void> | void)[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

async function network(over: Partial<TcpNetworkOptions> = {}): Promise<PeerNetwork> {
  const created = await createTcpNetwork({
    host: '127.0.0.1',
    port: 0,
    ...chainIs,
    clientName: 'test',
    chain: none,
    clock: system,
    random: createSystemRandom(),
    logger,
    ...over,
  })
  open.push(() => created.close())
  return created
}

const frame = (message: PeerMessage) => frameMessage(encodePeerMessage(message))
const status = frame({
  type: 'status',
  version: 1,
  ...chainIs,
  nodeId: hash('09'),
  listenPort: 9,
  clientName: 'rude',
})
const getHeaders = (id: number) => frame({ type: 'getHeaders', id: BigInt(id), from: hash('aa'), count: 512 })
/** Length and type of a message of which nothing more comes. */
const announce = (type: number, bytes: number) => {
  const start = frameMessage(Uint8Array.of(type))
  new DataView(start.buffer).setUint32(0, bytes)
  return start
}

/** A client that can do anything; it starts with a good handshake and reads only when it is told to. */
async function rudeClient(to: PeerNetwork, handshake: Uint8Array = status): Promise<Socket> {
  const socket = connect(to.self.port, '127.0.0.1')
  socket.on('error', () => {})
  open.push(() => void socket.destroy())
  socket.write(handshake)
  if (handshake === status)
    await vi.waitFor(() => expect(to.peers().map((peer) => peer.clientName)).toContain('rude'), patience)
  return socket
}
/** So slowly that nothing which was announced is ever whole. */
function drip(socket: Socket): void {
  const each = setInterval(() => socket.write(Uint8Array.of(0)), 100)
  open.push(() => clearInterval(each))
}
const gone = (to: PeerNetwork) => vi.waitFor(() => expect(to.peers()).toEqual([]), patience)
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.resume().once('close', resolve))

describe('a hostile peer', () => {
  it('that asks and does not read is served one answer, then dropped, and the engine lives', async () => {
    const headers = vi.fn(() => Array.from({ length: 512 }, () => header))
    const victim = await network({ chain: { ...none, headers }, requestTimeoutMs: 200 })
    const rude = await rudeClient(victim)
    rude.pause()
    for (let round = 0; round < 100; round++)
      for (let id = 1; id <= 10; id++) rude.write(getHeaders(round * 10 + id))
    await gone(victim)
    await closed(rude)
    // What the two socket buffers of the machine take, and what was queued.
    expect(headers.mock.calls.length).toBeLessThan(50)
    const honest = await network()
    honest.add(victim.self.url)
    await vi.waitFor(() => expect(honest.peers()).toHaveLength(1), patience)
    expect(await honest.peers()[0]?.headers(hash('aa'), 512)).toHaveLength(512)
  })

  it('that reads nothing of one answer is dropped at the deadline', async () => {
    const headers = () => Array.from({ length: 512 }, () => new Uint8Array(64_000))
    const victim = await network({ chain: { ...none, headers }, requestTimeoutMs: 100 })
    const rude = await rudeClient(victim)
    rude.pause().write(getHeaders(1))
    await gone(victim)
    await closed(rude)
  })

  it.each([
    ['an answer that nobody asked for', announce(2, 500_000)],
    ['a long answer of another type', announce(4, 10_000_000)],
    ['a request of a megabyte', announce(3, 1_000_000)],
    ['a type that does not exist', announce(99, 100)],
  ])('that announces %s is dropped at once', async (_name, bytes) => {
    const victim = await network({ requestTimeoutMs: 600_000 })
    const rude = await rudeClient(victim)
    rude.write(bytes)
    await closed(rude)
    expect(victim.peers()).toEqual([])
  })

  it('that announces more than a Status before it has sent one is dropped at once', async () => {
    const victim = await network({ handshakeTimeoutMs: 600_000, requestTimeoutMs: 600_000 })
    await closed(await rudeClient(victim, announce(3, 5_000)))
  })

  it('that sends a message byte by byte is dropped at the deadline of that message', async () => {
    const victim = await network({ requestTimeoutMs: 100 })
    const rude = await rudeClient(victim)
    rude.write(announce(3, 4_000))
    drip(rude)
    await closed(rude)
    expect(victim.peers()).toEqual([])
  })

  it('that shakes hands byte by byte is dropped when the clock says so', async () => {
    // Nothing else ends it.
    const victim = await network({
      ...{ clock: fastClock, handshakeTimeoutMs: 60_000, requestTimeoutMs: 600_000_000 },
    })
    const rude = await rudeClient(victim, announce(0, 1_000))
    drip(rude)
    await closed(rude)
  })
})

describe('honest peers', () => {
  it('find a place although silent ones took them all', async () => {
    const hasty: Clock = { nowMs: () => 1_000 * system.nowMs(), sleep: system.sleep }
    const victim = await network({ clock: hasty })
    const ids = () => victim.peers().map((peer) => peer.id)
    const silent = async (count: number) => {
      const nodeId: Hash = `0x${count.toString(16).padStart(64, '0')}`
      await rudeClient(
        victim,
        frame({ type: 'status', version: 1, ...chainIs, nodeId, listenPort: 9, clientName: 'silent' }),
      )
      await vi.waitFor(() => expect(ids()).toContain(nodeId), patience)
    }
    for (let count = 0; count < 64; count++) await silent(count)
    const newcomer = await network({ chain: { ...none, headers: () => [header] } })
    newcomer.add(victim.self.url)
    await vi.waitFor(() => expect(newcomer.peers()).toHaveLength(1), patience)
    const { id } = newcomer.self
    await victim
      .peers()
      .find((peer) => peer.id === id)
      ?.headers(hash('aa'), 1)
    // It gave blocks: whoever comes later takes the place of another.
    for (let count = 64; count < 130; count++) await silent(count)
    expect(ids()).toHaveLength(64)
    expect(ids()).toContain(id)
  })

  it('that serve each other long answers at once do not wait for each other', async () => {
    const chain: PeerChain = { ...none, bodies: () => [{ transactions: [`0x${'00'.repeat(4_000_000)}`] }] }
    const [a, b] = [await network({ chain }), await network({ chain })]
    a.add(b.self.url)
    await vi.waitFor(() => expect([...a.peers(), ...b.peers()]).toHaveLength(2), patience)
    const ask = (from: PeerNetwork) => Array.from({ length: 5 }, () => from.peers()[0]?.bodies([hash('aa')]))
    for (const answer of await Promise.all([...ask(a), ...ask(b)])) expect(answer).toHaveLength(1)
  })

  it('whose answer comes after the caller gave up are kept', async () => {
    const [a, b] = [await network(), await network({ chain: { ...none, headers: () => [header] } })]
    a.add(b.self.url)
    await vi.waitFor(() => expect(a.peers()).toHaveLength(1), patience)
    const impatient = new AbortController()
    const given = a.peers()[0]?.headers(hash('aa'), 1, impatient.signal)
    impatient.abort()
    await expect(given).rejects.toThrow('aborted')
    expect(await a.peers()[0]?.headers(hash('aa'), 1)).toHaveLength(1)
  })
})
