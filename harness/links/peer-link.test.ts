import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../events/event.ts'
import { createFaultPoints } from '../faults/point-group.ts'
import { testFaultContext } from '../faults/testing/fault-context.ts'
import { faults } from '../faults/vocabulary.ts'
import { type PeerLink, startPeerLink } from './peer-link.ts'

let clock: FakeClock
let facts: Fact[]
const closers: (() => unknown)[] = []

/** A peer that answers every byte with the same one. */
interface Peer {
  readonly name: string
  readonly port: number
  /** How many connections it had. */
  accepted(): number
}
async function startPeer(name: string): Promise<Peer> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { name, port: (server.address() as AddressInfo).port, accepted: () => sockets.size }
}

/** A connection and what came over it. */
interface Dialled {
  readonly socket: Socket
  text(): string
  /** Resolves with how it ended. */
  readonly ended: Promise<string>
}
function dial(port: number): Promise<Dialled> {
  const socket = connect({ host: '127.0.0.1', port })
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    socket.on('close', () => resolve('closed'))
  })
  closers.push(() => socket.destroy())
  const dialled = { socket, text: () => text, ended }
  // A connection may be reset before it is known to be there.
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(dialled))
    void ended.then(() => resolve(dialled))
  })
}
const until = async (what: () => boolean) => {
  while (!what()) await new Promise((resolve) => setImmediate(resolve))
}
/** Sends it and waits for the echo. */
async function echo(dialled: Dialled, text: string): Promise<void> {
  dialled.socket.write(text)
  await until(() => dialled.text().endsWith(text))
}

let links: PeerLink[]
let a: Peer
let b: Peer
let c: Peer
async function connectAll(carrier: 'gossip' | 'el-peers'): Promise<void> {
  clock = createFakeClock()
  facts = []
  ;[a, b, c] = await Promise.all([startPeer('a'), startPeer('b'), startPeer('c')])
  const context = testFaultContext(clock, facts)
  const start = (one: Peer, other: Peer) => startPeerLink({ ...context, carrier, peers: [one, other] })
  links = [await start(a, b), await start(a, c), await start(b, c)]
  closers.push(...links.map((link) => () => link.close()))
}
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
const [ab, ac] = [0, 1]
const linkAt = (at: number) => links[at] as PeerLink
const points = () => {
  const all = links.map(({ point }) => point)
  return createFaultPoints(all, new Map([[all[0]?.carriers[0] ?? '', all]]))
}

describe.each(['gossip', 'el-peers'] as const)('the link of two peers: %s', (carrier) => {
  beforeEach(() => connectAll(carrier))

  it('passes bytes both ways, whoever dials, and the end of one side', async () => {
    const [fromA, fromB] = [await dial(linkAt(ab).portFrom('a')), await dial(linkAt(ab).portFrom('b'))]
    await Promise.all([echo(fromA, 'hello'), echo(fromB, 'world')])
    const large = 'x'.repeat(3_000_000)
    await echo(fromA, large)
    expect(fromA.text().length).toBe(5 + large.length)
    fromA.socket.end('last')
    expect(await fromA.ended).toBe('closed')
    expect(fromA.text().endsWith('last')).toBe(true)
  })

  it('shows a peer that is down as a broken connection', async () => {
    const link = await startPeerLink({
      ...testFaultContext(clock),
      carrier,
      peers: [a, { name: 'd', port: 1 }],
    })
    closers.push(() => link.close())
    const dialled = await dial(link.portFrom('a'))
    await dialled.ended
    expect(dialled.text()).toBe('')
  })

  it('reaches a peer that has moved, and faults of the pair still cut it', async () => {
    const moved = await startPeer('moved')
    const port = linkAt(ab).portFrom('a')
    const before = await dial(port)
    await echo(before, 'at the old place')
    linkAt(ab).retarget('b', moved.port)
    await echo(await dial(port), 'at the new one')
    await echo(before, 'what stands is left alone')
    expect([b.accepted(), moved.accepted()]).toEqual([1, 1])
    expect(facts.at(-1)).toEqual({
      ...{ kind: 'link', link: 'a↔b' },
      ...{ url: `tcp://127.0.0.1:${port}`, target: `tcp://127.0.0.1:${moved.port}` },
    })
    const fault = await linkAt(ab).point.install(faults.isolate())
    expect([fault.hits, await before.ended]).toEqual([2, 'ECONNRESET'])
  })

  it('isolate: cuts what there is and what comes, and lets connect again when it is removed', async () => {
    const [before, other] = [await dial(linkAt(ab).portFrom('a')), await dial(linkAt(ac).portFrom('a'))]
    await Promise.all([echo(before, '1'), echo(other, '1')])
    const fault = await points().get('b↔a').install(faults.isolate())
    expect(await before.ended).toBe('ECONNRESET')
    expect(fault.hits).toBe(1)
    const during = await dial(linkAt(ab).portFrom('b'))
    expect(await during.ended).toBe('ECONNRESET')
    expect(fault.hits).toBe(2)
    await echo(other, '2')
    await fault.remove()
    await echo(await dial(linkAt(ab).portFrom('a')), '3')
    expect(facts.filter(({ kind }) => kind === 'fault')).toMatchObject([
      { point: 'a↔b', action: 'install', json: { fault: 'isolate' } },
      { action: 'hit', hits: 1 },
      { action: 'hit', hits: 2 },
      { action: 'remove', hits: 2 },
    ])
  })

  it('isolate of one peer from all, by a group of points', async () => {
    const [toB, toC, rest] = [
      await dial(linkAt(ab).portFrom('a')),
      await dial(linkAt(ac).portFrom('c')),
      await dial(linkAt(2).portFrom('b')),
    ]
    await Promise.all([toB, toC, rest].map((one) => echo(one, '1')))
    const fault = await points().get('a↔*').install(faults.isolate())
    expect([await toB.ended, await toC.ended, fault.hits]).toEqual(['ECONNRESET', 'ECONNRESET', 2])
    await echo(rest, '2')
  })

  it('partition and heal: cuts between groups only, until it is healed', async () => {
    const all = [
      await dial(linkAt(ab).portFrom('a')),
      await dial(linkAt(ac).portFrom('a')),
      await dial(linkAt(2).portFrom('c')),
    ] as const
    await Promise.all(all.map((one) => echo(one, '1')))
    const every = points().get(carrier)
    const fault = await every.install(faults.partition([['a', 'b'], ['c']]))
    expect([await all[1].ended, await all[2].ended]).toEqual(['ECONNRESET', 'ECONNRESET'])
    await echo(all[0], '2')
    expect(fault.hits).toBe(2)
    await every.install(faults.heal())
    expect(every.faults).toEqual([])
    await echo(await dial(linkAt(ac).portFrom('c')), '3')
  })

  it('slow: every packet comes later, in order, in both directions', async () => {
    const dialled = await dial(linkAt(ab).portFrom('a'))
    await echo(dialled, '1')
    const fault = await linkAt(ab).point.install(faults.slow(100))
    dialled.socket.write('2')
    await fault.hit()
    dialled.socket.write('3')
    await fault.hit(2)
    await clock.advance(99)
    expect(dialled.text()).toBe('1')
    await clock.advance(1)
    await fault.hit(3)
    await clock.advance(100)
    await until(() => dialled.text().length === 3)
    expect(dialled.text()).toBe('123')
  })

  it('slow from one of them: only what it sends', async () => {
    const dialled = await dial(linkAt(ab).portFrom('a'))
    const fault = await linkAt(ab).point.install(faults.slow(100).from('a'))
    dialled.socket.write('1')
    await fault.hit()
    await clock.advance(100)
    await until(() => dialled.text() === '1')
    expect(fault.hits).toBe(1)
  })

  it('drop(p): a lost packet comes a retransmission later, and nothing overtakes it', async () => {
    const dialled = await dial(linkAt(ab).portFrom('a'))
    const fault = await linkAt(ab).point.install(faults.drop(0.999).from('a'))
    dialled.socket.write('1')
    await fault.hit()
    await fault.remove()
    dialled.socket.write('2')
    // Six losses in a row: 200 + 400 + … + 6 400 ms.
    await clock.advance(12_599)
    expect(dialled.text()).toBe('')
    await clock.advance(1)
    await until(() => dialled.text() === '12')
  })

  it('cuts at a packet when its conditions say so', async () => {
    const dialled = await dial(linkAt(ab).portFrom('a'))
    await linkAt(ab).point.install(faults.isolate().from('a').after(1))
    await echo(dialled, '1')
    dialled.socket.write('2')
    expect(await dialled.ended).toBe('ECONNRESET')
  })

  it('refuses what it cannot carry', async () => {
    const { point } = linkAt(ab)
    await expect(point.install(faults.hang())).rejects.toThrow(
      `a↔b cannot carry hang, which is for request; it carries faults for ${carrier}`,
    )
    await expect(point.install(faults.drop())).rejects.toThrow('a↔b cannot carry drop, which is for request')
    await expect(point.install(faults.slow(1).to('m_a'))).rejects.toThrow('what peers say is theirs')
  })

  it('names the nearest point', () => {
    expect(() => points().get('a↔d')).toThrow('there is no fault point "a↔d"; the nearest one is a↔b')
    expect(() => points().get(carrier.slice(1))).toThrow(`the nearest one is ${carrier}`)
    expect(() => points().get('z↔*')).toThrow('there is no fault point "z↔*"')
  })
})
