import { ConfigError } from '../../node/config/config-error.ts'
import { near } from '../../node/config/flags-nearest.ts'
import type { LogLevel } from '../../node/config/log-level.ts'
import { isOrigin, isVirtualHost } from '../../node/json-rpc/web-access.ts'
import { gcModes } from './chain/retention.ts'
import { type ElProgramConfig, type ListenAddress, rpcNamespaces } from './el-config.ts'
import { GenesisError, parseGenesis } from './execution/genesis.ts'
import { type ElFlagName, elFlags } from './flags.ts'
import { parsePeerUrl } from './peers/peer-url.ts'

/** What the configuration needs from outside. Both throw ConfigError with a sentence that names the file. */
export interface ElFiles {
  text(path: string, purpose: string): string
  /** 32 bytes in hex. */
  secret(path: string, purpose: string): Uint8Array
}

/** op-geth's `--override.karst` and the like. */
const overridePrefix = 'override.'

const names: readonly string[] = elFlags.map(({ name }) => name)

/**
 * Reads `--name value` and `--name=value` and checks every value.
 * @throws ConfigError naming the flag, what it expects and what it has.
 */
export function parseElFlags(argv: readonly string[], files: ElFiles): ElProgramConfig {
  const given = parseArguments(argv)
  const missing = elFlags.flatMap((flag) =>
    'required' in flag && !given.has(flag.name) ? [`--${flag.name}`] : [],
  )
  if (missing.length > 0)
    throw new ConfigError(
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing; see lockstep el --help`,
    )
  const value = (name: ElFlagName): string => {
    const flag = elFlags.find((one) => one.name === name)
    const found = given.get(name) ?? (flag !== undefined && 'default' in flag ? flag.default : undefined)
    if (found === undefined) throw new ConfigError(`--${name} is missing; see lockstep el --help`)
    return found
  }
  const listen = (addr: ElFlagName, port: ElFlagName): ListenAddress => ({
    host: value(addr),
    port: parsePort(port, value(port)),
  })
  const genesisPath = value('genesis')
  const secretPath = value('authrpc.jwtsecret')
  const level = oneOf('log.level', value('log.level'), [
    'debug',
    'info',
    'warn',
    'error',
  ] as const) satisfies LogLevel
  const format = oneOf('log.format', value('log.format'), ['json', 'text'] as const)
  const list = (name: ElFlagName) => {
    const parts = value(name).split(',')
    return parts.map((part) => part.trim().toLowerCase()).filter((part) => part !== '')
  }
  const auth = {
    ...listen('authrpc.addr', 'authrpc.port'),
    access: { virtualHosts: list('authrpc.vhosts').map(virtualHost('authrpc.vhosts')), corsDomains: [] },
  }
  const http = {
    ...listen('http.addr', 'http.port'),
    access: {
      virtualHosts: list('http.vhosts').map(virtualHost('http.vhosts')),
      corsDomains: list('http.corsdomain').map(webOrigin),
    },
    namespaces: list('http.api').map((name) => oneOf('http.api', name, rpcNamespaces)),
  }
  const calls = {
    timeoutMs: 1000 * wholeNumber('rpc.evmtimeout', value('rpc.evmtimeout'), evmTimeoutSecondsMax),
    gasMax: BigInt(wholeNumber('rpc.gascap', value('rpc.gascap'), Number.MAX_SAFE_INTEGER)),
  }
  const peers = listen('addr', 'port')
  const bootnodes = value('bootnodes')
    .split(',')
    .filter((url) => url !== '')
  for (const url of bootnodes) checkPeerUrl(url)
  const datadir = given.get('datadir')
  // As from a variable that is not set: the operator meant to keep the chain.
  if (datadir === '') throw new ConfigError('--datadir: expected a directory, found nothing')
  const jwtSecret = files.secret(secretPath, 'JWT secret (--authrpc.jwtsecret)')
  return {
    node: {
      ...readGenesis(genesisPath, files),
      jwtSecret,
      gcMode: oneOf('gcmode', value('gcmode'), gcModes),
      auth,
      http,
      calls,
      peers,
      bootnodes,
      ...(datadir === undefined ? {} : { datadir }),
    },
    log: { level, format },
  }
}

/** Longer, and the client of the call has given up. */
const evmTimeoutSecondsMax = 3_600

function wholeNumber(name: ElFlagName, text: string, max: number): number {
  const number = Number(text)
  if (!/^\d{1,16}$/.test(text) || number < 1 || number > max)
    throw new ConfigError(
      `--${name}: expected a whole number from 1 to ${max}, found ${JSON.stringify(text)}`,
    )
  return number
}

function parseArguments(argv: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] as string
    if (!argument.startsWith('--'))
      throw new ConfigError(
        `expected a flag such as --genesis, found the argument ${JSON.stringify(argument)}`,
      )
    const equals = argument.indexOf('=')
    const name = argument.slice(2, equals < 0 ? undefined : equals)
    if (name.startsWith(overridePrefix))
      throw new ConfigError(
        `--${name}: expected the time in the genesis file (config.${name.slice(overridePrefix.length)}Time), this engine takes no overrides`,
      )
    if (!names.includes(name)) {
      const guess = near(name, names)
      throw new ConfigError(
        `unknown flag --${name}; ${guess === null ? 'lockstep el --help has all' : `the nearest known flag is --${guess}`}`,
      )
    }
    const value = equals < 0 ? argv[++index] : argument.slice(equals + 1)
    if (value === undefined || (equals < 0 && value.startsWith('--')))
      throw new ConfigError(`--${name}: expected a value, found ${value ?? 'the end'}`)
    if (given.has(name)) throw new ConfigError(`--${name}: expected it once, found it twice`)
    given.set(name, value)
  }
  return given
}

function readGenesis(
  path: string,
  files: ElFiles,
): Pick<ElProgramConfig['node'], 'genesis' | 'chainConfigJson'> {
  const text = files.text(path, 'genesis (--genesis)')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // Not what is in it: the operator may have named the secret's file.
    throw new ConfigError(
      `genesis (--genesis): ${path}: expected JSON, found ${text.length} other characters`,
    )
  }
  try {
    return { genesis: parseGenesis(json), chainConfigJson: (json as { config: unknown }).config }
  } catch (error) {
    if (error instanceof GenesisError) throw new ConfigError(`genesis (--genesis): ${path}: ${error.message}`)
    throw error
  }
}

function parsePort(flag: ElFlagName, text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ConfigError(`--${flag}: expected a port from 0 to 65535, found ${JSON.stringify(text)}`)
  return port
}

const virtualHost = (flag: ElFlagName) => (text: string) => {
  if (!isVirtualHost(text))
    throw new ConfigError(
      `--${flag}: expected a host name without scheme and port, or *, found ${JSON.stringify(text)}`,
    )
  return text
}

function webOrigin(text: string): string {
  if (!isOrigin(text))
    throw new ConfigError(
      `--http.corsdomain: expected an origin such as https://app.example, or *, found ${JSON.stringify(text)}`,
    )
  return text
}

function checkPeerUrl(url: string): void {
  try {
    parsePeerUrl(url)
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(`--bootnodes: ${error.message}`)
    throw error
  }
}

function oneOf<const T extends readonly string[]>(flag: ElFlagName, text: string, allowed: T): T[number] {
  if (!allowed.includes(text))
    throw new ConfigError(`--${flag}: expected ${allowed.join(', ')}, found ${JSON.stringify(text)}`)
  return text
}
