import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'

/** Distance of `iat` to now, either way, that is still accepted. Source: execution-apis, engine/authentication.md. */
const issuedAtSecondsMax = 60
const tokenLengthMax = 4096

const headerSchema = z.object({ alg: z.literal('HS256', 'expected HS256'), typ: z.literal('JWT').optional() })
/** Source: RFC 7519, section 4.1.4 for `exp`; it may have a fraction, and kona-node sends null for none. */
const claimsSchema = z.object({ iat: z.int('expected an integer'), exp: z.number().nullish() })

/**
 * Why the request's JSON Web Token is refused, or `null` when it is good: HS256 with the shared secret, issued within
 * 60 seconds of now. The text never holds the token.
 */
export function checkJwt(secret: Uint8Array, nowMs: number, request: IncomingMessage): string | null {
  const authorization = request.headers.authorization
  if (authorization === undefined) return 'missing token: expected an Authorization header with a Bearer JWT'
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (token === undefined || token.length > tokenLengthMax) return 'invalid token: expected "Bearer <JWT>"'
  const parts = token.split('.')
  const [header, claims, signature] = parts
  if (parts.length !== 3 || header === undefined || claims === undefined || signature === undefined)
    return 'invalid token: expected three parts, separated by dots'
  if (!headerSchema.safeParse(decodePart(header)).success)
    return 'invalid token: expected a header with alg HS256'
  const expected = createHmac('sha256', secret).update(`${header}.${claims}`).digest()
  const found = Buffer.from(signature, 'base64url')
  if (found.length !== expected.length || !timingSafeEqual(found, expected))
    return 'invalid token: the signature does not match; both sides must use the same JWT secret'
  const parsed = claimsSchema.safeParse(decodePart(claims))
  if (!parsed.success) return 'invalid token: expected the claim iat, and exp if it is there, in seconds'
  const distance = Math.floor(nowMs / 1000) - parsed.data.iat
  if (Math.abs(distance) > issuedAtSecondsMax)
    return `stale token: expected iat within ${issuedAtSecondsMax} s of now, found ${distance} s ${distance > 0 ? 'ago' : 'ahead'}`
  const { exp } = parsed.data
  if (exp != null && nowMs / 1000 >= exp)
    return `expired token: expected exp after now, found ${Math.floor(nowMs / 1000 - exp)} s ago`
  return null
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
