import { connect } from 'node:net'
import type { Hash } from 'viem'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../../node/adapters/system/system-random.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import { frameMessage } from './message-stream.ts'
import { encodePeerMessage } from './messages.ts'
import type { PeerChain, PeerNetwork } from './peer-network.ts'
import { createTcpNetwork, type TcpNetworkOptions } from './tcp-network.ts'

/** Of a wait: how long something takes on a busy machine says nothing. */
const patient = { timeout: 50_000 }

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const hash = (byte: string): Hash => `0x${byte.repeat(32)}`
const chain: PeerChain = {
  headers: (from, count) =>
    from === hash('aa') ? Array.from({ length: count }, () => Uint8Array.of(7)) : [],
  bodies: (hashes) => hashes.map(() => ({ transactions: ['0x01'] })),
  receipts: () => [['0x02']],
}

const open: PeerNetwork[] = []
async function network(over: Partial<TcpNetworkOptions> = {}): Promise<PeerNetwork> {
  const created = await createTcpNetwork({
    host: '127.0.0.1',
    port: 0,
    chainId: 901n,
    genesisHash: hash('01'),
    forkDigest: hash('02'),
    clientName: 'test',
    chain,
    clock: createSystemClock(),
    random: createSystemRandom(),
    logger,
    ...over,
  })
  open.push(created)
  return created
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})
const peersOf = (one: PeerNetwork, count: number) =>
  vi.waitFor(() => expect(one.peers()).toHaveLength(count), { ...patient, interval: 5 })

describe('the TCP peer network', () => {
  it('connects, asks and answers in both directions', async () => {
    const [a, b] = [await network(), await network()]
    a.add(b.self.url)
    await Promise.all([peersOf(a, 1), peersOf(b, 1)])
    expect(a.peers()[0]).toMatchObject({ url: b.self.url, id: b.self.id, direction: 'outbound' })
    expect(b.peers()[0]).toMatchObject({ url: a.self.url, id: a.self.id, direction: 'inbound' })
    expect(await a.peers()[0]?.headers(hash('aa'), 3)).toHaveLength(3)
    expect(await a.peers()[0]?.headers(hash('bb'), 3)).toEqual([])
    expect(await b.peers()[0]?.bodies([hash('aa')])).toEqual([{ transactions: ['0x01'] }])
    expect(await b.peers()[0]?.receipts([hash('aa')])).toEqual([['0x02']])
  })

  it('keeps one connection when both sides dial', async () => {
    const [a, b] = [await network(), await network()]
    a.add(b.self.url)
    b.add(a.self.url)
    await Promise.all([peersOf(a, 1), peersOf(b, 1)])
    expect(await a.peers()[0]?.headers(hash('aa'), 1)).toHaveLength(1)
    const [one, other] = [a.peers()[0], b.peers()[0]]
    expect([one?.direction, other?.direction].sort()).toEqual(['inbound', 'outbound'])
  })

  it('dials again after the peer came back, until it is removed', async () => {
    const a = await network()
    const b = await network()
    a.add(b.self.url)
    await peersOf(a, 1)
    await b.close()
    await peersOf(a, 0)
    const again = await network({ port: b.self.port })
    await peersOf(a, 1)
    expect(a.peers()[0]?.id).toBe(again.self.id)
    a.remove(b.self.url)
    await Promise.all([peersOf(a, 0), peersOf(again, 0)])
  })

  it.each([
    ['chain', { chainId: 902n }],
    ['genesis', { genesisHash: hash('03') }],
    ['fork schedule', { forkDigest: hash('03') }],
  ])('refuses an engine of another %s', async (_name, over) => {
    const reasons: unknown[] = []
    const listening: Logger = { ...logger, debug: (_message, fields) => void reasons.push(fields?.['error']) }
    const [a, b] = [await network({ logger: listening }), await network(over)]
    a.add(b.self.url)
    await vi.waitFor(
      () => expect(reasons.join()).toMatch(/expected (chain id|genesis block|fork schedule)/),
      { ...patient, interval: 5 },
    )
    expect([a.peers(), b.peers()]).toEqual([[], []])
  })

  it('refuses itself', async () => {
    const a = await network()
    a.add(a.self.url)
    await vi.waitFor(() => expect(a.peers()).toEqual([]), patient)
  })

  it('drops a peer that answers more than was asked', async () => {
    const liar: PeerChain = { ...chain, headers: () => [Uint8Array.of(1), Uint8Array.of(2)] }
    const [a, b] = [await network(), await network({ chain: liar })]
    a.add(b.self.url)
    await peersOf(a, 1)
    await expect(a.peers()[0]?.headers(hash('aa'), 1)).rejects.toThrow(/at most 1 headers, found 2/)
    await Promise.all([peersOf(a, 0), peersOf(b, 0)])
  })

  it('fails open requests when the peer goes', async () => {
    const [a, b] = [await network(), await network({ chain: { ...chain, headers: () => [] } })]
    a.add(b.self.url)
    await peersOf(a, 1)
    const asked = a.peers()[0]?.headers(hash('aa'), 1)
    a.peers()[0]?.drop('test')
    await expect(asked).rejects.toThrow(/gone: test/)
  })

  it('gives up on a peer that does not answer', async () => {
    const silent = await network({ requestTimeoutMs: 20 })
    const socket = connect(silent.self.port, '127.0.0.1')
    const status = { version: 1, chainId: 901n, genesisHash: hash('01'), forkDigest: hash('02') }
    socket.write(
      frameMessage(
        encodePeerMessage({ type: 'status', ...status, nodeId: hash('09'), listenPort: 9, clientName: '' }),
      ),
    )
    await peersOf(silent, 1)
    await expect(silent.peers()[0]?.headers(hash('aa'), 1)).rejects.toThrow(/no answer within 20 ms/)
    expect(silent.peers()).toEqual([])
    socket.destroy()
  })

  it('ends a connection that does not start with Status, or is silent, or sends rubbish', async () => {
    const a = await network({ handshakeTimeoutMs: 20 })
    const ends = [
      Buffer.alloc(0),
      frameMessage(encodePeerMessage({ type: 'getHeaders', id: 1n, from: hash('aa'), count: 1 })),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      frameMessage(Uint8Array.of(200, 1, 2, 3)),
    ].map((bytes) => {
      const socket = connect(a.self.port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      if (bytes.length > 0) socket.write(bytes)
      return new Promise((resolve) => socket.once('close', resolve))
    })
    await Promise.all(ends)
    expect(a.peers()).toEqual([])
  })
})
