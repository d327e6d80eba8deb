/** What these rules look at, as `node:http` gives it. */
interface WebHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
}

/** Which names of a server, and which web pages, may be used to reach it. `*` stands for all. */
export interface WebAccess {
  /** Host names beside IP addresses and the name that the server listens on; lower case, without a port. */
  readonly virtualHosts: readonly string[]
  /** Origins of web pages, as browsers send them: `https://app.example`. */
  readonly corsDomains: readonly string[]
}

/** No web page, and no name but the machine's own. */
export const localAccess: WebAccess = { virtualHosts: ['localhost'], corsDomains: [] }

/** Whether an allow-list may hold this name. */
export const isVirtualHost = (text: string): boolean => text === '*' || /^[a-z0-9._-]{1,253}$/.test(text)

/** Whether an allow-list may hold this origin. */
export const isOrigin = (text: string): boolean =>
  text === '*' || (URL.canParse(text) && new URL(text).origin === text)

/**
 * Why a request is refused with 403, or `null`. A browser sends a page's requests to whatever address the page names:
 * the Origin tells which page it was, and a Host that is a foreign name tells of DNS rebinding, where a page's own name
 * was made to resolve to this machine. An IP address cannot be rebound. Other programs send no Origin.
 *
 * Source: geth's virtualHostHandler for Host; for Origin its CORS and WebSocket lists, except that a page which is not
 * listed is refused here, where geth runs its call and only hides the answer.
 */
export function refuseWebRequest(headers: WebHeaders, access: WebAccess): string | null {
  const { host = '', origin } = headers
  if (!isHostAllowed(hostName(host), access.virtualHosts))
    return `expected as Host an IP address or one of ${access.virtualHosts.join(', ')}, found ${quoted(host)}; an operator can add names (vhosts)`
  if (origin !== undefined && allowedOrigin(origin, access) === null)
    return `the origin ${quoted(origin)} is not allowed here; an operator can add it (corsdomain)`
  return null
}

/** What lets a listed page read the answer. */
export function corsHeaders(headers: WebHeaders, access: WebAccess): Record<string, string> {
  const allowed = headers.origin === undefined ? null : allowedOrigin(headers.origin, access)
  return allowed === null ? {} : { 'access-control-allow-origin': allowed, vary: 'Origin' }
}

/** For the question that a browser asks before it sends JSON for a listed page. */
export const preflightHeaders = {
  'access-control-allow-methods': 'POST, GET',
  'access-control-allow-headers': 'content-type, authorization',
  'access-control-max-age': '600',
} as const

/**
 * Whether a body of this type is taken for JSON. A page can send `text/plain` anywhere without a question before it,
 * JSON not. Source: geth's package `rpc`, which serves op-node too.
 */
export function isJsonType(contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return ['application/json', 'application/json-rpc', 'application/jsonrequest'].includes(type)
}

/** The name in a Host header, without the port. */
const hostName = (host: string) => host.replace(/:\d*$/, '').toLowerCase()

function isHostAllowed(name: string, allowed: readonly string[]): boolean {
  // HTTP/1.0 needs no Host, and every browser sends one.
  return name === '' || isIpAddress(name) || allowed.includes('*') || allowed.includes(name)
}

/** No name has brackets, and none ends in a label of digits (WHATWG URL: that is an IPv4 address or nothing). */
const isIpAddress = (name: string) => /^\[[0-9a-f:.]+\]$/.test(name) || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)

function allowedOrigin(origin: string, { corsDomains }: WebAccess): string | null {
  if (corsDomains.includes('*')) return '*'
  return corsDomains.includes(origin.toLowerCase()) ? origin : null
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 100))
