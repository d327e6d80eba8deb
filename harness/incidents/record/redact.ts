import type { Fact } from '../../events/event.ts'

/** A block's or a transaction's hash, or quantities: nothing in it is secret. */
const plainHex = /^0x[0-9a-f]{1,64}$/i

const rules: readonly (readonly [RegExp, string])[] = [
  // A key of a provider may be in the user part, the path or the query.
  [/\b(https?|wss?):\/\/[^\s"'<>]+/gi, ''],
  [/\b(enode|enr|enrtree):(?:\/\/)?[^\s"',<>]+/gi, '$1:<node-key>'],
  [/\b(bearer|basic)\s+[\w.+/=~-]{8,}/gi, '$1 <secret>'],
  [
    /\b((?:[\w-]*(?:secret|password|passwd|token|mnemonic|jwt|api[-_]?key|private[-_]?key|priv|credential)[\w-]*))(["']?\s*[=:]\s*["']?)[^\s"',;}&]+/gi,
    '$1$2<secret>',
  ],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, '<secret>'],
  [/(\/ip[46]\/)[^/\s"']+/g, '$1<ip>'],
  [/(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g, '<ip>'],
  // Seven colons, or two together: a time of day has neither.
  [
    /(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9a-f:]*::)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:])/gi,
    '<ip>',
  ],
]

/** A shorter part of a URL is a word (`rpc`, `v1`), which other texts have as well. */
const secretLengthMin = { path: 12, query: 6 } as const

/** What may be a key in the URLs that the user gave: a server tells its own path in messages, without what is before it. */
function secretsOf(urls: readonly string[]): readonly string[] {
  const secrets = urls.flatMap((text) => {
    const { username, password, pathname, searchParams } = new URL(text)
    const parts = [
      ...pathname.split('/').filter((part) => part.length >= secretLengthMin.path),
      ...[...searchParams.values()].filter((value) => value.length >= secretLengthMin.query),
      ...[username, password].filter((part) => part !== ''),
    ]
    return parts.flatMap((part) => [part, decoded(part), encodeURIComponent(part)])
  })
  // The longest first: one may be a part of another.
  return [...new Set(secrets)].sort((a, b) => b.length - a.length)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/**
 * Makes what takes credentials, addresses and node keys out of a text, what the user's patterns fit, and what may be a
 * key in those URLs.
 */
export function createRedaction(
  patterns: readonly RegExp[],
  urls: readonly string[] = [],
): (text: string) => string {
  const secrets = secretsOf(urls)
  return (text) => {
    if (plainHex.test(text)) return text
    let redacted = text
    for (const secret of secrets) redacted = redacted.replaceAll(secret, '<secret>')
    for (const pattern of patterns) redacted = redacted.replaceAll(pattern, '<redacted>')
    for (const [pattern, replacement] of rules)
      redacted =
        replacement === '' ? redacted.replaceAll(pattern, urlName) : redacted.replaceAll(pattern, replacement)
    return redacted
  }
}

/** Scheme and host: without user, path and query. The host, when it is an address, goes by a later rule. */
function urlName(url: string): string {
  return /^(\w+:\/\/)(?:[^/?#@\s]*@)?([^/?#\s]*)/.exec(url)?.slice(1).join('') ?? '<url>'
}

/** The fact with every text in it redacted, field names too. Numbers and structure stay. */
export function redactFact(fact: Fact, redact: (text: string) => string): Fact {
  return mapTexts(fact, redact) as Fact
}

function mapTexts(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, redact))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redact(name), mapTexts(item, redact)]),
  )
}
