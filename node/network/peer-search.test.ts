import { describe, expect, it } from 'vitest'
import type { NodeRecord } from '../ports/discovery.ts'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { encodeOpstackEntry } from './opstack-entry.ts'
import { isSuitable, recordAddress, searchPeers } from './peer-search.ts'

const opstack = (chainId: bigint, version = 0n) => encodeOpstackEntry({ chainId, version })
const record = (peerId: string, change: Partial<NodeRecord> = {}): NodeRecord => ({
  text: `enr:${peerId}`,
  peerId,
  ip: '192.0.2.1',
  tcpPort: 9222,
  opstack: opstack(10n),
  ...change,
})

describe('a suitable record', () => {
  const rules = { l2ChainId: 10n, onLoopback: false, allowsIp: (ip: string) => !ip.startsWith('198.') }
  it.each<[string, boolean, Partial<NodeRecord>]>([
    ['of this chain', true, {}],
    ['of this chain and a later encoding', true, { opstack: Uint8Array.of(...opstack(10n), 7) }],
    ['of another chain', false, { opstack: opstack(8453n) }],
    ['of another version', false, { opstack: opstack(10n, 1n) }],
    ['of an L1 node, without the entry', false, { opstack: null }],
    ['with a malformed entry', false, { opstack: Uint8Array.of(0x85) }],
    ['without a port', false, { tcpPort: 0 }],
    ['outside of the networks of the operator', false, { ip: '198.51.100.1' }],
    ['at nobody’s address', false, { ip: '0.0.0.0' }],
    ['at everybody’s address', false, { ip: '255.255.255.255' }],
    ['at a group’s address', false, { ip: 'ff02::1' }],
    ['at our own loopback address', false, { ip: '127.0.0.1' }],
  ])('is one %s: %s', (_, suitable, change) => {
    expect(isSuitable(record('a', change), rules)).toBe(suitable)
  })

  it('may be at a loopback address when we are', () => {
    expect(isSuitable(record('a', { ip: '127.0.0.1' }), { ...rules, onLoopback: true })).toBe(true)
  })

  it('has an address to dial', () => {
    expect(recordAddress(record('a'))).toBe('/ip4/192.0.2.1/tcp/9222/p2p/a')
    expect(recordAddress(record('a', { ip: '2001:db8::1' }))).toBe('/ip6/2001:db8::1/tcp/9222/p2p/a')
  })
})

function setUp(peersWanted: number) {
  const clock = createFakeClock()
  const stop = new AbortController()
  const world = {
    found: [] as readonly NodeRecord[],
    fails: false,
    unreachable: new Set<string>(),
    unwanted: new Set<string>(),
    connected: new Set<string>(),
  }
  const searchedAtMs: number[] = []
  const dialled: string[] = []
  const noted: string[] = []
  let dialling = 0
  let diallingMost = 0
  const searching = searchPeers(
    {
      discovery: {
        record: () => '',
        table: () => [],
        async search() {
          searchedAtMs.push(clock.nowMs())
          if (world.fails) throw new Error('no answer')
          return world.found
        },
        stop: async () => {},
      },
      l2ChainId: 10n,
      onLoopback: false,
      allowsIp: () => true,
      peersWanted,
      connectedPeers: () => [...world.connected],
      isWanted: (peer) => !world.unwanted.has(peer),
      async dial(address) {
        const peer = address.slice(address.lastIndexOf('/') + 1)
        dialled.push(peer)
        diallingMost = Math.max(diallingMost, ++dialling)
        await clock.sleep(100)
        dialling--
        if (world.unreachable.has(peer)) throw new Error('refused')
        world.connected.add(peer)
      },
      onFound: ({ peerId }) => noted.push(peerId),
      clock,
      random: { bytes: (length) => new Uint8Array(length).map((_, index) => (index * 37) % 256) },
      logger: createSilentLogger(),
    },
    stop.signal,
  )
  const end = async () => {
    stop.abort(new Error('test ends'))
    await searching
    expect(clock.sleeping).toBe(0)
  }
  return { clock, world, searchedAtMs, dialled, noted, end, most: () => diallingMost }
}

describe('the peer search', () => {
  it('goes on every 5 s while peers are missing, and every 20 s else', async () => {
    const { clock, world, searchedAtMs, end } = setUp(1)
    await clock.advance(10_000)
    expect(searchedAtMs).toEqual([0, 5_000, 10_000])
    world.connected.add('a')
    await clock.advance(50_000)
    expect(searchedAtMs).toEqual([0, 5_000, 10_000, 15_000, 35_000, 55_000])
    await end()
  })

  it('dials as many as are missing, four at a time, and no unsuitable one', async () => {
    const { clock, world, dialled, noted, most, end } = setUp(6)
    world.found = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((peer) => record(peer))
    world.found = [...world.found, record('foreign', { opstack: opstack(11n) })]
    await clock.advance(6_000)
    expect(new Set(dialled).size).toBe(6)
    expect(dialled).toHaveLength(6)
    expect(most()).toBe(4)
    expect(noted).not.toContain('foreign')
    expect(world.connected.size).toBe(6)
    await end()
  })

  it('replaces who cannot be reached, and tries again only who is found again', async () => {
    const { clock, world, dialled, end } = setUp(1)
    world.found = [record('gone')]
    world.unreachable.add('gone')
    await clock.advance(5_050)
    world.found = []
    await clock.advance(20_000)
    expect(dialled).toEqual(['gone'])
    world.found = [record('gone')]
    world.unreachable.clear()
    await clock.advance(6_000)
    expect(dialled).toEqual(['gone', 'gone'])
    expect([...world.connected]).toEqual(['gone'])
    await end()
  })

  it('dials nobody who is kept away, and again when that ends', async () => {
    const { clock, world, dialled, end } = setUp(2)
    world.found = [record('banned'), record('a')]
    world.unwanted.add('banned')
    await clock.advance(10_000)
    expect(dialled).toEqual(['a'])
    world.unwanted.clear()
    await clock.advance(6_000)
    expect(dialled).toEqual(['a', 'banned'])
    await end()
  })

  it('survives a search that fails', async () => {
    const { clock, world, searchedAtMs, dialled, end } = setUp(1)
    world.fails = true
    await clock.advance(6_000)
    world.fails = false
    world.found = [record('a')]
    await clock.advance(5_000)
    expect(searchedAtMs).toEqual([0, 5_000, 10_000])
    expect(dialled).toEqual(['a'])
    await end()
  })
})
