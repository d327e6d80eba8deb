/** A network such as 10.0.0.0/8, or one address. */
export interface IpRange {
  /** As CIDR, with the address that was given. */
  readonly text: string
  readonly ip: string
  /** Leading bits that count. */
  readonly prefixLength: number
  /** Bytes of an address of the family: 4 or 16. */
  readonly byteLength: number
  contains(ip: string): boolean
}

/** An address in its one spelling, IPv4-mapped IPv6 as IPv4; null for anything else. Zones are not addresses. */
export function canonicalIp(text: string): string | null {
  const bytes = parseIp(text)
  return bytes === null ? null : formatIp(bytes)
}

/** The 4 or 16 bytes of an address, IPv4-mapped IPv6 as 4. @throws Error when it is none */
export function ipBytes(text: string): Uint8Array {
  const bytes = parseIp(text)
  if (bytes === null) throw new Error(`expected an IP address, found ${JSON.stringify(text)}`)
  return bytes
}

/** A network as CIDR; null for anything else. IPv4 and IPv6 networks hold only addresses of their own family. */
export function parseIpRange(text: string): IpRange | null {
  const [address = '', length, ...rest] = text.split('/')
  const bytes = parseIp(address)
  if (bytes === null || rest.length > 0 || length === undefined || !/^\d{1,3}$/.test(length)) return null
  const prefixLength = Number(length)
  if (prefixLength > bytes.length * 8) return null
  const ip = formatIp(bytes)
  return {
    text: `${ip}/${prefixLength}`,
    ip,
    prefixLength,
    byteLength: bytes.length,
    contains(other) {
      const candidate = parseIp(other)
      return candidate !== null && samePrefix(bytes, candidate, prefixLength)
    },
  }
}

/** Addresses at which no peer can be: unspecified, multicast, reserved, broadcast. */
const unreachable = ['0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8'].map(
  (text) => parseIpRange(text) as IpRange,
)
const loopback = ['127.0.0.0/8', '::1/128'].map((text) => parseIpRange(text) as IpRange)

export function isLoopbackIp(ip: string): boolean {
  return loopback.some((range) => range.contains(ip))
}

/** Whether a stranger's claim to be at that address is worth a packet. A loopback address only means itself there. */
export function isReachableIp(ip: string, fromLoopback: boolean): boolean {
  return !unreachable.some((range) => range.contains(ip)) && (fromLoopback || !isLoopbackIp(ip))
}

function samePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  if (a.length !== b.length) return false
  return a.every((byte, index) => {
    const counted = Math.min(8, Math.max(0, bits - index * 8))
    const mask = 0xff & ~(0xff >> counted)
    return (byte & mask) === ((b[index] as number) & mask)
  })
}

/** 4 or 16 bytes; IPv4-mapped IPv6 gives 4, so that one host has one address. */
function parseIp(text: string): Uint8Array | null {
  if (!text.includes(':')) return parseIpv4(text)
  const bytes = parseIpv6(text)
  if (bytes === null) return null
  const mapped = bytes.subarray(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff))
  return mapped ? bytes.subarray(12) : bytes
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return null
  return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Uint8Array | null {
  const dotted = /^(.*:)([^:]+\.[^:]+)$/.exec(text)
  let hex = text
  if (dotted !== null) {
    const last = parseIpv4(dotted[2] as string)
    if (last === null) return null
    const [a, b, c, d] = last as unknown as [number, number, number, number]
    hex = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  }
  const halves = hex.split('::')
  if (halves.length > 2) return null
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  )
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] as number) << 8) | (bytes[index * 2 + 1] as number)).toString(16),
  )
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(:0)+(?![0-9a-f])/g)]
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '')
  const joined = groups.join(':')
  if (longest === '') return joined
  const at = runs.find(([run]) => run === longest)?.index as number
  return `${joined.slice(0, at).replace(/:$/, '')}::${joined.slice(at + longest.length).replace(/^:/, '')}`
}
