import type { EventEmitter } from 'node:events'
import { Discv5 } from '@chainsafe/discv5'
import { type ENR, SignableENR } from '@chainsafe/enr'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { ConfigError } from '../../config/config-error.ts'
import type { DiscoveryConfig } from '../../config/node-config.ts'
import { isLoopbackIp, isReachableIp, parseIpRange } from '../../network/ip-range.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Discovery, NodeRecord } from '../../ports/discovery.ts'
import type { Logger } from '../../ports/logger.ts'
import { readRecordFile, writeRecordFile } from '../files/record-file.ts'
import { bindUdp, createDiscv5Transport } from './discv5-transport.ts'
import { type Enode, enodeContact, parseEnode } from './enode.ts'
import { parseNodeRecord, toNodeRecord } from './node-record.ts'

export interface Discv5Options {
  readonly config: DiscoveryConfig
  readonly listenHost: string
  /** Where libp2p listens. */
  readonly tcpPort: number
  /** 32 bytes, secp256k1: the peer identity. */
  readonly privateKey: Uint8Array
  /** The own entry `opstack`. */
  readonly opstack: Uint8Array
  readonly clock: Clock
  readonly logger: Logger
}

/** Records that were told by others and not asked for yet. */
const foundMax = 1_000

/**
 * The Discovery port on discv5. The record says where the node listens, or what the operator advertises; a node that
 * listens on all addresses learns from ten others which one it is seen at.
 * @throws ConfigError for a bootnode that is none or a file that cannot be read; the socket's error when it cannot listen.
 */
export async function startDiscv5(options: Discv5Options): Promise<Discovery> {
  const { config, listenHost, clock, logger } = options
  const bootnodes = config.bootnodes.map(parseBootnode)
  /** Bootnodes whose record is not known yet. */
  let unknown = bootnodes.flatMap((bootnode) => ('enode' in bootnode ? [bootnode.enode] : []))
  let kept = config.tablePath === null ? [] : readRecordFile(config.tablePath)
  // Whatever can be wrong with the configuration has been found: from here on, something is open.
  const socket = await bindUdp(listenHost, config.listenPort)
  const record = createOwnRecord(options, socket.address().port)
  const ranges = config.netRestrict?.map(parseIpRange) ?? null
  const onLoopback = isLoopbackIp(listenHost)
  const discv5 = Discv5.create({
    enr: record,
    privateKey: privateKeyFromRaw(options.privateKey) as never,
    bindAddrs: {} as never,
    transport: createDiscv5Transport({
      socket,
      nodeId: record.nodeId,
      allowsIp: (ip) =>
        isReachableIp(ip, onLoopback) && (ranges === null || ranges.some((range) => range?.contains(ip))),
      clock,
      logger,
    }),
    config: { enrUpdate: config.advertise.ip === null && isUnspecified(listenHost) },
  })
  /** By node id. */
  const found = new Map<string, ENR>()
  // The library's type of its events does not resolve.
  const events = discv5 as unknown as EventEmitter
  events.on('discovered', (enr: ENR) => {
    found.delete(enr.nodeId)
    found.set(enr.nodeId, enr)
    if (found.size > foundMax) found.delete(found.keys().next().value as string)
  })
  await discv5.start()
  for (const bootnode of bootnodes) if ('enr' in bootnode) discv5.addEnr(bootnode.enr)
  for (const text of kept) {
    const enr = parseNodeRecord(text)
    if (enr === null) logger.warn('a kept node record is malformed', { path: config.tablePath })
    else discv5.addEnr(enr)
  }

  /** An `enode://` says who and where a node is; its record it must tell itself. */
  async function askForRecord(enode: Enode): Promise<readonly Enode[]> {
    try {
      const records = await discv5.sendFindNode(enodeContact(enode), [0])
      for (const enr of records) discv5.addEnr(enr)
      return records.length === 0 ? [enode] : []
    } catch (error) {
      logger.debug('bootnode does not answer', { ...enode, error })
      return [enode]
    }
  }

  const table = () => discv5.kadValues().map((enr) => enr.encodeTxt())
  function keepTable(): void {
    if (config.tablePath === null) return
    const now = table().sort()
    if (now.length === 0 || now.join() === kept.join()) return
    kept = now
    try {
      writeRecordFile(config.tablePath, now)
    } catch (error) {
      logger.warn('node records cannot be kept', { path: config.tablePath, error })
    }
  }

  return {
    record: () => discv5.enr.encodeTxt(),
    table,
    async search() {
      unknown = (await Promise.all(unknown.map(askForRecord))).flat()
      // Without anybody to ask, a search ends only when its time is up.
      if (discv5.kadValues().length > 0) await discv5.findRandomNode()
      const all = [...discv5.kadValues(), ...found.values()]
      found.clear()
      keepTable()
      return all.map(toNodeRecord).filter((one): one is NodeRecord => one !== null)
    },
    stop: () => discv5.stop(),
  }
}

function createOwnRecord(
  { config: { advertise }, listenHost, tcpPort, privateKey, opstack }: Discv5Options,
  udpPort: number,
): SignableENR {
  const record = SignableENR.createV4(privateKey, { opstack })
  const ip = advertise.ip ?? (isUnspecified(listenHost) ? null : listenHost)
  const tcp = advertise.tcpPort ?? tcpPort
  const udp = advertise.udpPort ?? udpPort
  if ((ip ?? listenHost).includes(':')) {
    if (ip !== null) record.ip6 = ip
    record.tcp6 = tcp
    record.udp6 = udp
  } else {
    if (ip !== null) record.ip = ip
    record.tcp = tcp
    record.udp = udp
  }
  return record
}

function isUnspecified(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

function parseBootnode(text: string): { readonly enr: ENR } | { readonly enode: Enode } {
  const enode = parseEnode(text)
  if (enode !== null) return { enode }
  const enr = parseNodeRecord(text)
  if (enr !== null) return { enr }
  throw new ConfigError(
    `--p2p.bootnodes: expected a node record with a valid signature or an enode:// with IP and port, found ${JSON.stringify(text.slice(0, 300))}`,
  )
}
