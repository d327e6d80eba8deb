import { JsonFormatError } from '../protocol/json-schema.ts'
import { parseUpgradeBundle } from '../protocol/upgrade-bundle.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigFiles } from './config-files.ts'
import {
  count,
  duration,
  given,
  isOn,
  listed,
  listedIfAny,
  origin,
  port,
  rate,
  signedDuration,
  virtualHost,
  wrong,
} from './flag-values.ts'
import type { FlagValue, FlagValues } from './flags-parse.ts'
import { l1PollIntervalMs } from './l1-poll-interval.ts'
import { type LogLevel, logLevelFromText } from './log-level.ts'
import { type BeaconConfig, engineKinds, type NodeConfig, type SyncConfig, syncModes } from './node-config.ts'
import { p2pConfig } from './p2p-config.ts'
import { parseRollupConfig, type RollupConfig, RollupConfigError } from './rollup-config.ts'
import { rollupOverrides } from './rollup-overrides.ts'
import { readUpgradeFiles } from './upgrade-files.ts'

/** NodeConfig and what only the program around the node needs. */
export interface ProgramConfig {
  readonly node: NodeConfig
  readonly jwtSecretPath: string
  /** Added to the machine's clock. */
  readonly clockOffsetMs: number
  readonly trustL1Rpc: boolean
  /** Calls per second to own L1; null: no limit of our own. */
  readonly l1CallsPerSecond: number | null
  /** Calls in one message to own L1 at most. */
  readonly l1BatchCallsMax: number
  /** Directory of the safe-head database; null: it is off. */
  readonly safeDbPath: string | null
}

/**
 * Turns flag values into the configuration, with every value checked.
 * @throws ConfigError naming the flag or variable, what it expects and what it has.
 */
export function toProgramConfig(values: FlagValues, files: ConfigFiles): ProgramConfig {
  const log = { level: logLevel(given(values, 'log.level')), format: logFormat(given(values, 'log.format')) }
  const l1 = {
    rpcUrl: httpUrl(given(values, 'l1')),
    pollIntervalMs: duration(given(values, 'l1.http-poll-interval'), 1),
    timeoutMs: duration(given(values, 'l1.timeout'), 1),
    confirmations: count(given(values, 'verifier.l1-confs')),
    maxConcurrency: Number(count(given(values, 'l1.max-concurrency'), 0n, 256n)),
  }
  const engineUrl = httpUrl(given(values, 'l2'))
  const rpc = {
    host: given(values, 'rpc.addr').value,
    port: port(given(values, 'rpc.port')),
    enableAdmin: isOn(values, 'rpc.enable-admin'),
    access: {
      virtualHosts: listed(given(values, 'rpc.vhosts')).map(virtualHost),
      corsDomains: listedIfAny(values.get('rpc.corsdomain')).map(origin),
    },
  }
  const metrics = isOn(values, 'metrics.enabled')
    ? {
        host: given(values, 'metrics.addr').value,
        port: port(given(values, 'metrics.port')),
        opNodeNames: isOn(values, 'metrics.op-node-names'),
      }
    : null
  refuseConductor(values)
  const sequencer = isOn(values, 'sequencer.enabled')
    ? {
        stopped: isOn(values, 'sequencer.stopped'),
        l1Confirmations: count(given(values, 'sequencer.l1-confs')),
        maxSafeLag: count(given(values, 'sequencer.max-safe-lag')),
        recover: isOn(values, 'sequencer.recover'),
      }
    : null
  const p2p = isOn(values, 'p2p.disable') ? null : p2pConfig(values, files)
  const jwtSecretPath = given(values, 'l2.jwt-secret').value
  const jwtSecret = files.secret(jwtSecretPath, 'JWT secret (--l2.jwt-secret)')
  const rollup = readRollupConfig(values, files)
  return {
    node: {
      rollup,
      upgrades: readUpgradeFiles(values.get('rollup.upgrades'), (file) =>
        readJson(file, 'upgrade bundle (--rollup.upgrades)', files, parseUpgradeBundle),
      ),
      l1: { ...l1, pollIntervalMs: l1PollIntervalMs(l1.pollIntervalMs, rollup) },
      beacon: beaconConfig(values, rollup),
      l2: { engineUrl, jwtSecret, timeoutMs: duration(given(values, 'l2.timeout'), 1) },
      sync: syncConfig(values),
      follow: followConfig(values, rollup),
      sequencer,
      p2p,
      rpc,
      metrics,
      log,
      startTimeoutMs: duration(given(values, 'startup.timeout'), 0),
    },
    jwtSecretPath,
    clockOffsetMs: signedDuration(given(values, 'clock.offset')),
    trustL1Rpc: isOn(values, 'l1.trustrpc'),
    l1CallsPerSecond: rate(given(values, 'l1.rpc-rate-limit')),
    l1BatchCallsMax: Number(count(given(values, 'l1.rpc-max-batch-size'), 1n, 1_000n)),
    safeDbPath: safeDbPath(values),
  }
}

function readRollupConfig(values: FlagValues, files: ConfigFiles): RollupConfig {
  const { values: overrides, origins } = rollupOverrides(values)
  const path = given(values, 'rollup.config').value
  return readJson(path, 'rollup config (--rollup.config)', files, (json) => {
    if (origins.length === 0 || typeof json !== 'object' || json === null) return parseRollupConfig(json)
    try {
      return parseRollupConfig({ ...json, ...overrides })
    } catch (error) {
      if (!(error instanceof RollupConfigError)) throw error
      throw new RollupConfigError(`with ${origins.join(' and ')}, the ${error.message}`)
    }
  })
}

/** @throws ConfigError when the file is not JSON, or not what it should be. */
function readJson<T>(path: string, purpose: string, files: ConfigFiles, parse: (json: unknown) => T): T {
  const text = files.text(path, purpose)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ConfigError(
      `${purpose.replace(/ \(.*/, '')} ${path}: expected JSON, found ${text.trim() === '' ? 'an empty file' : (error as Error).message}`,
    )
  }
  try {
    return parse(json)
  } catch (error) {
    if (error instanceof RollupConfigError || error instanceof JsonFormatError)
      throw new ConfigError(`${path}: ${error.message}`)
    throw error
  }
}

/** Whoever follows derives nothing and needs no blobs. Before Ecotone, batches are in calldata only. */
function beaconConfig(values: FlagValues, rollup: RollupConfig): BeaconConfig | null {
  const url = values.get('l1.beacon')
  const ignoreCheck = isOn(values, 'l1.beacon.ignore')
  const derives = values.get('l2.follow.source') === undefined
  if (url === undefined && derives && rollup.forks.ecotone !== undefined && !ignoreCheck)
    throw new ConfigError(
      'expected --l1.beacon URL, because Ecotone lets batches be in blobs; or --l1.beacon.ignore to derive from calldata only; found neither',
    )
  if (url === undefined) return null
  const slotDuration = values.get('l1.slot-duration-override')
  const fallbacks = values.get('l1.beacon-fallbacks')
  return {
    url: httpUrl(url),
    fallbackUrls: fallbacks === undefined ? [] : listed(fallbacks).map(httpUrl),
    headers: httpHeader(values.get('l1.beacon-header')),
    fetchAllSidecars: isOn(values, 'l1.beacon.fetch-all-sidecars'),
    slotDurationMs: slotDuration === undefined ? null : duration(slotDuration, 1),
    timeoutMs: duration(given(values, 'l1.timeout'), 1),
    ignoreCheck,
  }
}

/** A following node is not told from which L1 block a block was derived: it has nothing to record. */
function safeDbPath(values: FlagValues): string | null {
  const path = values.get('safedb.path')
  const source = values.get('l2.follow.source')
  if (path !== undefined && source !== undefined)
    throw new ConfigError(
      `${path.origin}: expected a node that derives, found ${source.origin}; enable the safe head database of the follow source and ask that node`,
    )
  return path?.value ?? null
}

/** A sequencer that does not ask its conductor may build beside another leader: better not to start. */
function refuseConductor(values: FlagValues): void {
  const flag = isOn(values, 'conductor.enabled')
    ? values.get('conductor.enabled')
    : values.get('conductor.rpc')
  if (flag === undefined) return
  throw new ConfigError(
    `${flag.origin}: expected no op-conductor, found ${JSON.stringify(flag.value)}; this node does not work with one: hand over by admin_stopSequencer and admin_startSequencer`,
  )
}

function syncConfig(values: FlagValues): SyncConfig {
  const flag = given(values, 'syncmode')
  const mode = syncModes.find((known) => known === flag.value.toLowerCase())
  if (mode === undefined) throw wrong(flag, syncModes.join(' or '))
  const kind = given(values, 'l2.enginekind')
  if (!Object.hasOwn(engineKinds, kind.value)) throw wrong(kind, 'geth, reth or erigon')
  return {
    mode,
    offsetElSafeMs: duration(given(values, 'syncmode.offset-el-safe'), 0),
    elSyncAfterFinality: engineKinds[kind.value as keyof typeof engineKinds],
  }
}

function followConfig(values: FlagValues, rollup: RollupConfig): NodeConfig['follow'] {
  const source = values.get('l2.follow.source')
  if (source === undefined) return null
  const poll = values.get('l2.follow.poll-interval')
  const pollIntervalMs =
    poll === undefined ? Math.min(Number(rollup.blockTime) * 500, 1000) : duration(poll, 10)
  const timeout = values.get('l2.follow.timeout')
  const timeoutMs = timeout === undefined ? Math.max(pollIntervalMs, 2000) : duration(timeout, 10)
  return { sourceUrl: httpUrl(source), pollIntervalMs, timeoutMs }
}

function httpUrl(flag: FlagValue): string {
  const protocol = URL.canParse(flag.value) ? new URL(flag.value).protocol : ''
  if (protocol !== 'http:' && protocol !== 'https:')
    throw wrong(flag, 'a URL that begins with http:// or https://')
  return flag.value
}

/** The value never gets into the error: it is most likely a key. */
function httpHeader(flag: FlagValue | undefined): Record<string, string> {
  if (flag === undefined) return {}
  const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x20-\x7e]+)$/.exec(flag.value) ?? []
  if (name === undefined || value === undefined)
    throw new ConfigError(
      `${flag.origin}: expected an HTTP header such as 'X-Key: value', found something else`,
    )
  return { [name]: value }
}

function logLevel(flag: FlagValue): LogLevel {
  const level = logLevelFromText(flag.value)
  if (level === null) throw wrong(flag, 'debug, info, warn or error')
  return level
}

/** op-node's human formats all mean text. */
function logFormat(flag: FlagValue): 'json' | 'text' {
  const formats: Readonly<Record<string, 'json' | 'text'>> = {
    json: 'json',
    text: 'text',
    terminal: 'text',
    logfmt: 'text',
    logfmtms: 'text',
  }
  const format = formats[flag.value.toLowerCase()]
  if (format === undefined) throw wrong(flag, 'text or json')
  return format
}
