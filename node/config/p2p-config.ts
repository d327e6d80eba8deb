import type { Address, Hex } from 'viem'
import { canonicalIp, parseIpRange } from '../network/ip-range.ts'
import type { GossipMesh } from '../ports/gossip-transport.ts'
import { bytesToHex } from '../protocol/bytes.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigFiles } from './config-files.ts'
import { count, duration, given, isOn, listed, port, wrong } from './flag-values.ts'
import type { FlagName } from './flags.ts'
import type { FlagValue, FlagValues } from './flags-parse.ts'
import type { DiscoveryConfig, P2pConfig, PeerTides } from './node-config.ts'
import { parseSecret } from './secret.ts'

/**
 * What the flags of the group P2P say.
 * @throws ConfigError naming the flag or variable, what it expects and what it has.
 */
export function p2pConfig(values: FlagValues, files: ConfigFiles): P2pConfig {
  const signer = values.get('p2p.unsafe.block.signer')
  const sequencerKeyPath = pathUnlessRaw(values, 'p2p.sequencer.key.path', 'p2p.sequencer.key')
  return {
    listenHost: ip(given(values, 'p2p.listen.ip')),
    listenPort: port(given(values, 'p2p.listen.tcp')),
    ...identity(values, files),
    sequencerKey:
      rawKey(values, 'p2p.sequencer.key') ??
      (sequencerKeyPath === null
        ? null
        : bytesToHex(files.secret(sequencerKeyPath, 'sequencer key (--p2p.sequencer.key.path)'))),
    unsafeBlockSigner: signer === undefined ? null : address(signer),
    staticPeers: list(values, 'p2p.static', multiaddr),
    peers: tides(values),
    mesh: mesh(values),
    scoring: scoring(given(values, 'p2p.scoring')),
    ban: isOn(values, 'p2p.ban.peers')
      ? {
          threshold: score(given(values, 'p2p.ban.threshold')),
          durationMs: duration(given(values, 'p2p.ban.duration'), 1),
        }
      : null,
    discovery: discovery(values),
  }
}

function identity(values: FlagValues, files: ConfigFiles): Pick<P2pConfig, 'privateKey' | 'newIdentityPath'> {
  const path = pathUnlessRaw(values, 'p2p.priv.path', 'p2p.priv.raw')
  if (path === null) return { privateKey: rawKey(values, 'p2p.priv.raw'), newIdentityPath: null }
  const { secret, isNew } = files.secretOrNew(path, 'peer identity (--p2p.priv.path)')
  return { privateKey: bytesToHex(secret), newIdentityPath: isNew ? path : null }
}

function rawKey(values: FlagValues, name: FlagName): Hex | null {
  const raw = values.get(name)
  return raw === undefined ? null : bytesToHex(parseSecret(raw.value, raw.origin))
}

function pathUnlessRaw(values: FlagValues, pathFlag: FlagName, rawFlag: FlagName): string | null {
  const path = values.get(pathFlag)
  const raw = values.get(rawFlag)
  if (path !== undefined && raw !== undefined)
    throw new ConfigError(`expected ${path.origin} or ${raw.origin}, found both`)
  return path?.value ?? null
}

function tides(values: FlagValues): PeerTides {
  const lo = given(values, 'p2p.peers.lo')
  const hi = Number(count(given(values, 'p2p.peers.hi'), 1n, 1_000n))
  const low = Number(count(lo, 1n, 1_000n))
  // A default that the operator did not choose gives way to the limit that he chose.
  const isDefault = lo.isDefault === true
  if (low > hi && !isDefault) throw wrong(lo, `at most --p2p.peers.hi (${hi})`)
  return { lo: Math.min(low, hi), hi, graceMs: duration(given(values, 'p2p.peers.grace'), 0) }
}

/** op-node's limit for each of them. */
const meshMax = 1_000n

function mesh(values: FlagValues): GossipMesh {
  const degree = (name: FlagName) => Number(count(given(values, name), 1n, meshMax))
  const degrees = {
    d: degree('p2p.gossip.mesh.d'),
    lo: degree('p2p.gossip.mesh.lo'),
    hi: degree('p2p.gossip.mesh.dhi'),
    lazy: degree('p2p.gossip.mesh.dlazy'),
  }
  if (degrees.lo > degrees.d || degrees.d > degrees.hi)
    throw new ConfigError(
      `expected --p2p.gossip.mesh.lo ≤ --p2p.gossip.mesh.d ≤ --p2p.gossip.mesh.dhi, found ${degrees.lo}, ${degrees.d}, ${degrees.hi}`,
    )
  return { ...degrees, floodPublish: isOn(values, 'p2p.gossip.mesh.floodpublish') }
}

/** Only who names a bootnode or a UDP port searches for peers: a devstack must not reach out of its machine. */
function discovery(values: FlagValues): DiscoveryConfig | null {
  const bootnodes = list(values, 'p2p.bootnodes', nodeRecord)
  const udp = values.get('p2p.listen.udp')
  if (isOn(values, 'p2p.no-discovery') || (bootnodes.length === 0 && udp === undefined)) return null
  const optional = <T>(name: FlagName, read: (flag: FlagValue) => T): T | null => {
    const flag = values.get(name)
    return flag === undefined ? null : read(flag)
  }
  const netRestrict = list(values, 'p2p.netrestrict', ipRange)
  const tablePath = values.get('p2p.discovery.path')?.value ?? 'memory'
  return {
    listenPort: port(udp ?? given(values, 'p2p.listen.tcp')),
    advertise: {
      ip: optional('p2p.advertise.ip', ip),
      tcpPort: optional('p2p.advertise.tcp', port),
      udpPort: optional('p2p.advertise.udp', port),
    },
    bootnodes,
    netRestrict: netRestrict.length === 0 ? null : netRestrict,
    tablePath: tablePath === 'memory' ? null : tablePath,
  }
}

function list(values: FlagValues, name: FlagName, check: (flag: FlagValue) => string): readonly string[] {
  const flag = values.get(name)
  return flag === undefined ? [] : listed(flag).map(check)
}

function ip(flag: FlagValue): string {
  const canonical = canonicalIp(flag.value)
  if (canonical === null) throw wrong(flag, 'an IP address')
  return canonical
}

function ipRange(flag: FlagValue): string {
  if (parseIpRange(flag.value) === null) throw wrong(flag, 'a network such as 10.0.0.0/8')
  return flag.value
}

function address(flag: FlagValue): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(flag.value)) throw wrong(flag, 'an address of 20 bytes')
  return flag.value.toLowerCase() as Address
}

function multiaddr(flag: FlagValue): string {
  if (!/^\/[a-z0-9]+\/.+\/p2p\/[A-Za-z0-9]+$/.test(flag.value))
    throw wrong(flag, 'a multiaddr such as /ip4/127.0.0.1/tcp/9222/p2p/16Uiu2H…')
  return flag.value
}

function nodeRecord(flag: FlagValue): string {
  if (!/^enr:[A-Za-z0-9_-]+$|^enode:\/\/[0-9a-fA-F]{128}@/.test(flag.value))
    throw wrong(flag, 'a node record such as enr:-J24Q… or enode://…')
  return flag.value
}

function scoring(flag: FlagValue): 'light' | 'none' {
  if (flag.value !== 'light' && flag.value !== 'none') throw wrong(flag, 'light or none')
  return flag.value
}

function score(flag: FlagValue): number {
  const value = Number(flag.value)
  if (!/^-\d{1,6}(\.\d+)?$/.test(flag.value) || value >= 0) throw wrong(flag, 'a score below zero')
  return value
}
