import type { Fact } from '../../events/event.ts'

/** A block's or a transaction's hash, or quantities: nothing in it is secret by itself. */
const plainHex = /^0x[0-9a-f]{1,64}$/i
/** One short word, such as the name of a node or a level: no rule below fits in it, and most texts are one. */
const shortWord = /^[a-z0-9_]{1,18}$/i

/** What the name of a secret has in it, wherever in the name: `JWT_SECRET`, `p2p.priv.raw`, `X-Api-Key`, `nodekey`. */
const secretNames =
  'secret|pass(?:word|wd|phrase)|(?<![a-z])(?:pass|pwd|pw)(?![a-z])|token|mnemonic|jwt|key|priv|credential|(?<![a-z])auth(?![a-z])'
/** How a value is told: in quotes of any kind, those of JSON within a string too, in Go's brackets, or as a word. */
const value = String.raw`(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\\+["'][^"']*["']?|\[[^\]]*\]?|(?:(?:bearer|basic|digest)\s+)?[^\s"',;}&]+)`
/** What is between a name and its value; a name that ends in a quote may be the first of a pair. */
const between = String.raw`(?:\\*["']\s*[=:,]+>?\s*|\s*(?:[=:]+>?|%3[ad])\s*)`
const named = (names: string, told: string) =>
  new RegExp(String.raw`((?:${names})[\w.-]{0,60}${between})${told}`, 'gi')

const rules: readonly (readonly [RegExp, string])[] = [
  // A key of a provider may be in the user part, the path or the query.
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]+/gi, ''],
  [/\b(enr|enode|enrtree):[^\s"',<>]+/gi, '$1:<node-key>'],
  // The words of a mnemonic, and headers whose values have parts: to the end of the line, or of the text in quotes.
  [named('mnemonic|phrase', String.raw`["']?(?:[a-z]{2,10}\s+){2,23}[a-z]{2,10}`), '$1<secret>'],
  [named('authorization|cookie', String.raw`(?:\\*["'][^"'\n]*|[^"'\n].*)`), '$1<secret>'],
  [named(secretNames, value), '$1<secret>'],
  [
    new RegExp(
      String.raw`((?<![\w-])--?[\w.-]{0,60}?(?:${secretNames})[\w.-]{0,60}\s+)(?![-=:])${value}`,
      'gi',
    ),
    '$1<secret>',
  ],
  [/\b(bearer|basic)\s+[\w.+/=~-]{8,}/gi, '$1 <secret>'],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, '<secret>'],
  // User and password without a scheme before them.
  [/(?<![\w:/@])[^\s:@/"'<>=,]{1,64}:[^\s@/"'<>]{1,128}@(?=[\w[])/g, '<secret>@'],
  // A key as a part of a path: long, with digits and letters; peers and hashes are told so too.
  [
    /(?<!\/(?:p2p|ipfs))\/(?!0x)(?=[a-z_~-]{0,63}\d)(?=[\d_~-]{0,63}[a-z])[\w~-]{20,}(?![\w~-])/gi,
    '/<secret>',
  ],
  [/(\/v\d\/)(?=[a-z_~-]{0,63}\d)[\w~-]{8,}(?![\w~-])/gi, '$1<secret>'],
  [/(\/ip[46]\/)[^/\s"']+/g, '$1<ip>'],
  [/(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g, '<ip>'],
  // Seven colons, or two together: a time of day has neither.
  [
    /(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9a-f:]{0,39}::)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:])/gi,
    '<ip>',
  ],
]

/** A shorter part of a URL is a word (`rpc`, `v1`), which other texts have as well. */
const secretLengthMin = { path: 12, pathWithDigits: 8, query: 6 } as const
/** A shorter one may be within any word of any text, and is looked for as a word of its own. */
const anywhereLengthMin = 8
const cutLengthMax = 200

/** What may be a key in the URLs that the user gave: a server tells its own path in messages, without what is before it. */
function secretsOf(urls: readonly string[]): readonly RegExp[] {
  const secrets = urls.flatMap((text) => {
    const { username, password, pathname, searchParams } = new URL(text)
    const parts = [
      ...pathname.split('/').filter(mayBeKey),
      ...[...searchParams.values()].filter((part) => part.length >= secretLengthMin.query),
      ...[username, password].filter((part) => part !== ''),
    ]
    // What a header holds of user and password: RFC 7617, section 2.
    const basic = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')
    return [
      ...parts.flatMap((part) => [part, decoded(part), encodeURIComponent(part)]),
      ...(username === '' && password === '' ? [] : [basic]),
    ]
  })
  // The longest first: one may be a part of another.
  return [...new Set(secrets)].sort((a, b) => b.length - a.length).map(patternOf)
}

/** The secret, and the beginning of it that is left where a message was cut: at its end, or before a quote. */
function patternOf(secret: string): RegExp {
  const characters = [...secret].map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`))
  const whole = characters.join('')
  if (secret.length < anywhereLengthMin) return new RegExp(`(?<!\\w)${whole}(?!\\w)`, 'g')
  const others = characters.slice(anywhereLengthMin, anywhereLengthMin + cutLengthMax)
  const cut = others.reduceRight((rest, one) => `(?:${one}${rest})?`, '')
  return new RegExp(`${whole}|${characters.slice(0, anywhereLengthMin).join('')}${cut}(?=["'\\\\…]|$)`, 'g')
}

function mayBeKey(part: string): boolean {
  return part.length >= (/\d/.test(part) ? secretLengthMin.pathWithDigits : secretLengthMin.path)
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
 * key in those URLs. It needs the whole text: of one that was cut within a credential it might leave the beginning.
 */
export function createRedaction(
  patterns: readonly RegExp[],
  urls: readonly string[] = [],
): (text: string) => string {
  const secrets = secretsOf(urls)
  return (text) => {
    let redacted = text
    for (const secret of secrets) redacted = redacted.replaceAll(secret, '<secret>')
    for (const pattern of patterns) redacted = redacted.replaceAll(pattern, '<redacted>')
    if (plainHex.test(redacted) || shortWord.test(redacted)) return redacted
    for (const [pattern, replacement] of rules)
      redacted =
        replacement === '' ? redacted.replaceAll(pattern, urlName) : redacted.replaceAll(pattern, replacement)
    return redacted
  }
}

/** A record or a key of a node is told as one by its own rule. */
const nodeSchemes = /^(?:enr|enode|enrtree):/i

/**
 * Scheme and host: without user, path and query. The host, when it is an address, goes by a later rule. A password may
 * hold what ends a host: then nothing is known to be the host.
 */
function urlName(url: string): string {
  if (nodeSchemes.test(url)) return url
  const [, scheme = '', authority = '', rest = ''] = /^([^:]+:\/\/)([^/?#]*)(.*)$/s.exec(url) ?? []
  const host = /^(?:[\w.-]+|\[[0-9a-f:.]*\])(?::\d{1,5}(?!\d))?/i.exec(
    authority.slice(authority.lastIndexOf('@') + 1),
  )?.[0]
  const isKnown =
    !rest.includes('@') && (authority.includes('@') || /^[^:]*(?::\d*\W{0,3})?$|^\[/.test(authority))
  return `${scheme}${isKnown && host !== undefined ? host : '<url>'}`
}

/** A longer text tells nobody more. */
const textMax = 1_000
/** Words of the stream itself: a reader knows them and no others. */
const ownWords = new Set(['kind', 'level', 'action', 'outcome', 'topology'])
/** What others named: names of fields may be addresses there, and their values secrets by their names. */
const foreign = new Set(['response', 'request', 'follows'])
const secretName = new RegExp(secretNames, 'i')

/**
 * The fact with every text in it redacted and then cut to a length, and names of fields that others chose. Numbers,
 * structure, and the words of the stream itself stay.
 */
export function redactFact(fact: Fact, redact: (text: string) => string): Fact {
  return Object.fromEntries(
    Object.entries(fact).map(([name, item]) => [
      name,
      ownWords.has(name) && typeof item === 'string' ? item : mapTexts(item, redact, foreign.has(name)),
    ]),
  ) as Fact
}

function mapTexts(item: unknown, redact: (text: string) => string, isForeign: boolean): unknown {
  if (typeof item === 'string') return redact(item).slice(0, textMax)
  if (Array.isArray(item)) return item.map((one) => mapTexts(one, redact, isForeign))
  if (typeof item !== 'object' || item === null) return item
  return Object.fromEntries(
    Object.entries(item).map(([name, one]) =>
      isForeign
        ? [
            redact(name).slice(0, textMax),
            typeof one === 'string' && secretName.test(name) ? '<secret>' : mapTexts(one, redact, true),
          ]
        : [name, mapTexts(one, redact, foreign.has(name))],
    ),
  )
}
