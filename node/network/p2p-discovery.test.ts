import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodePacket } from '@chainsafe/discv5/packet'
import { secp256k1 } from '@noble/curves/secp256k1'
import { afterEach, describe, expect, it } from 'vitest'
import { startDiscv5 } from '../adapters/discovery/discv5.ts'
import { bindUdp } from '../adapters/discovery/discv5-transport.ts'
import { parseNodeRecord } from '../adapters/discovery/node-record.ts'
import { createSystemClock } from '../adapters/system/system-clock.ts'
import { createSystemRandom } from '../adapters/system/system-random.ts'
import type { DiscoveryConfig } from '../config/node-config.ts'
import type { Clock } from '../ports/clock.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { startTestP2p, type TestP2p, until } from './testing/test-p2p.ts'

/** Waits pass ten times as fast: a search every 500 ms. */
const system = createSystemClock()
const clock: Clock = { nowMs: system.nowMs, sleep: (ms, signal) => system.sleep(ms / 10, signal) }

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const noDiscovery: DiscoveryConfig = {
  listenPort: 0,
  advertise: { ip: null, tcpPort: null, udpPort: null },
  bootnodes: [],
  netRestrict: null,
  tablePath: null,
}

async function start(
  change: Partial<DiscoveryConfig> = {},
  { chainId = 901n, lo = 5 }: { readonly chainId?: bigint; readonly lo?: number } = {},
): Promise<TestP2p & { readonly record: string; readonly table: () => readonly string[] }> {
  const config = { ...noDiscovery, ...change }
  const node = await startTestP2p(
    { discovery: config, peers: { lo, hi: 10, graceMs: 0 } },
    {
      chainId,
      clock,
      startDiscovery: (own) =>
        startDiscv5({ ...own, config, listenHost: '127.0.0.1', clock, logger: createSilentLogger() }),
    },
  )
  stops.push(node.stop)
  return {
    ...node,
    record: (node.admin.self() as { ENR: string }).ENR,
    table: () => node.admin.discoveryTable() ?? [],
  }
}

const udpPort = (record: string) => parseNodeRecord(record)?.udp as number
const peers = (node: TestP2p) =>
  (node.admin.peers(false) as { peers: Record<string, { ENR: string; chainID: number }> }).peers

describe('discovery between real nodes', { timeout: 30_000 }, () => {
  it('finds a node through another, and none of another chain', async () => {
    // A and B are content with each other: whoever connects C to them is C.
    const a = await start({}, { lo: 1 })
    const b = await start({ bootnodes: [a.record] }, { lo: 1 })
    const foreigner = await start({ bootnodes: [a.record] }, { chainId: 902n })
    await until(() => a.connected().includes(b.id) && a.table().includes(foreigner.record))
    const c = await start({ bootnodes: [a.record] }, { lo: 2 })
    await until(() => c.connected().length === 2)
    for (const peer of [a, b])
      expect(peers(c)[peer.id]).toMatchObject({ ENR: peer.record, chainID: 901, direction: 2 })
    expect(c.admin.peerStats()).toMatchObject({ connected: 2, table: expect.any(Number) })
    expect(c.counted('p2p_peers_found_total')).toBeGreaterThanOrEqual(2)
    expect(foreigner.connected()).toEqual([])
    expect(foreigner.counted('p2p_peers_found_total')).toBe(0)
    const ports = [a, b, c, foreigner].map(({ record }) => udpPort(record))
    await Promise.all(stops.splice(0).map((stop) => stop()))
    for (const port of ports) {
      const socket = await bindUdp('127.0.0.1', port)
      await new Promise<void>((resolve) => socket.close(resolve))
    }
  })

  it('starts from an enode, which only says who and where', async () => {
    const a = await start()
    const record = parseNodeRecord(a.record)
    const point = (a.admin.self() as { nodeID: string }).nodeID
    expect(record?.nodeId).toBe(point)
    const key = secp256k1.Point.fromHex(record?.publicKey as Uint8Array)
      .toHex(false)
      .slice(2)
    const b = await start({ bootnodes: [`enode://${key}@127.0.0.1:1?discport=${record?.udp}`] })
    await until(() => b.connected().includes(a.id))
  })

  it('finds its peers again after a restart without bootnodes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-discovery-'))
    const tablePath = join(directory, 'records')
    try {
      const a = await start()
      const b = await start({ bootnodes: [a.record], tablePath })
      await until(() => existsSync(tablePath))
      await b.stop()
      writeFileSync(tablePath, `enr:malformed\n${readFileSync(tablePath, 'utf8')}`)
      const again = await start({ tablePath })
      await until(() => again.connected().includes(a.id))
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('says that a UDP port is taken, and leaves nothing open', async () => {
    const a = await start()
    const listenPort = udpPort(a.record)
    await expect(start({ listenPort })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('leaves nothing open when its file cannot be read', async () => {
    const socket = await bindUdp('127.0.0.1', 0)
    const listenPort = socket.address().port
    await new Promise<void>((resolve) => socket.close(resolve))
    await expect(start({ listenPort, tablePath: tmpdir() })).rejects.toThrow(/cannot read .*: EISDIR$/)
    await start({ listenPort })
  })

  it('refuses a bootnode that is none', async () => {
    await expect(start({ bootnodes: ['enr:-J24Q'] })).rejects.toThrow(
      /^--p2p.bootnodes: expected a node record with a valid signature/,
    )
    await expect(start({ bootnodes: [`enode://${'ab'.repeat(64)}@127.0.0.1:1`] })).rejects.toThrow(
      /^--p2p.bootnodes/,
    )
  })

  it('survives any packets', async () => {
    const random = createSystemRandom()
    const a = await start()
    const record = parseNodeRecord(a.record)
    const socket = createSocket('udp4')
    const send = (packet: Uint8Array) =>
      new Promise<void>((resolve) => socket.send(packet, udpPort(a.record), '127.0.0.1', () => resolve()))
    const header = (flag: number, authdata: Uint8Array) => ({
      maskingIv: random.bytes(16),
      header: {
        protocolId: 'discv5' as const,
        version: 1,
        flag,
        nonce: random.bytes(12),
        authdataSize: authdata.length,
        authdata,
      },
      message: random.bytes(random.bytes(1)[0] as number),
    })
    try {
      for (let index = 0; index < 30; index++) {
        await send(random.bytes(((random.bytes(1)[0] as number) * 5) % 1_281))
        const authdata = random.bytes([0, 24, 32, 34, 200][index % 5] as number)
        await send(encodePacket(record?.nodeId as string, header(index % 4, authdata) as never))
      }
    } finally {
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    }
    const b = await start({ bootnodes: [a.record] })
    await until(() => b.connected().includes(a.id))
  })
})
