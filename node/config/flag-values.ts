import { isOrigin, isVirtualHost } from '../json-rpc/web-access.ts'
import { ConfigError } from './config-error.ts'
import { parseDuration } from './durations.ts'
import type { FlagName } from './flags.ts'
import type { FlagValue, FlagValues } from './flags-parse.ts'

/** The longest duration that any flag takes: a day. */
const durationMsMax = 24 * 3_600_000

/** The value of a flag that is required or has a default. */
export function given(values: FlagValues, name: FlagName): FlagValue {
  const value = values.get(name)
  // parseFlags refuses a required flag without a value, and the others have a default.
  if (value === undefined) throw new ConfigError(`--${name}: expected a value, found none`)
  return value
}

/** Whether a switch is on. */
export function isOn(values: FlagValues, name: FlagName): boolean {
  return values.get(name)?.value === 'true'
}

/** What a bad value throws: `--rpc.port: expected …, found …`. */
export function wrong({ value, origin }: FlagValue, expected: string): ConfigError {
  return new ConfigError(`${origin}: expected ${expected}, found ${JSON.stringify(value)}`)
}

/** Milliseconds, at least `msMin`. @throws ConfigError */
export function duration(flag: FlagValue, msMin: number): number {
  const ms = parseDuration(flag.value, flag.origin)
  if (ms < msMin || ms > durationMsMax) throw wrong(flag, `a duration from ${msMin}ms to 24h`)
  return ms
}

/** Milliseconds, below zero with a `-` in front. @throws ConfigError */
export function signedDuration({ value, origin }: FlagValue): number {
  return value.startsWith('-')
    ? 0 - duration({ value: value.slice(1), origin }, 0)
    : duration({ value, origin }, 0)
}

/** A whole number from `min` to `max`. @throws ConfigError */
export function count(flag: FlagValue, min = 0n, max = 1_000_000_000n): bigint {
  if (!/^\d{1,19}$/.test(flag.value)) throw wrong(flag, 'a whole number')
  const value = BigInt(flag.value)
  if (value < min || value > max) throw wrong(flag, `a number from ${min} to ${max}`)
  return value
}

/** A number per second, perhaps with a fraction; null for 0, which means no limit. @throws ConfigError */
export function rate(flag: FlagValue): number | null {
  const value = Number(flag.value)
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(flag.value) || (value > 0 && value < 0.1))
    throw wrong(flag, 'a number per second from 0.1 to 999999, or 0 for no limit')
  return value === 0 ? null : value
}

/** @throws ConfigError */
export function port(flag: FlagValue): number {
  if (!/^\d{1,5}$/.test(flag.value) || Number(flag.value) > 65_535)
    throw wrong(flag, 'a port from 0 to 65535')
  return Number(flag.value)
}

/** The parts of a value with commas. */
export function listed({ value, origin }: FlagValue): readonly FlagValue[] {
  return value.split(',').map((one) => ({ value: one.trim(), origin }))
}

/** The parts of a value with commas; none without a value. */
export const listedIfAny = (flag: FlagValue | undefined): readonly FlagValue[] =>
  flag === undefined || flag.value === '' ? [] : listed(flag)

/** A name for a Host header, in lower case. @throws ConfigError */
export function virtualHost(flag: FlagValue): string {
  const name = flag.value.toLowerCase()
  if (!isVirtualHost(name)) throw wrong(flag, 'a host name without scheme and port, or *')
  return name
}

/** The origin of a web page. @throws ConfigError */
export function origin(flag: FlagValue): string {
  const text = flag.value.toLowerCase()
  if (!isOrigin(text)) throw wrong(flag, 'an origin such as https://app.example, without a path, or *')
  return text
}
