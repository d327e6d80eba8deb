import { createHmac } from 'node:crypto'
import type { Clock } from '../../ports/clock.ts'

const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url')
const jwtHeader = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))

/**
 * A JWT for one Engine API request: HS256 with `iat` in seconds, which the engine accepts for 60 seconds.
 * Source: execution-apis, engine/authentication.md.
 */
export function createEngineJwt(secret: Uint8Array, clock: Clock): string {
  const claims = base64url(JSON.stringify({ iat: Math.floor(clock.nowMs() / 1000) }))
  const signature = createHmac('sha256', secret).update(`${jwtHeader}.${claims}`).digest()
  return `${jwtHeader}.${claims}.${base64url(signature)}`
}

/** Headers for a JSON-RPC client of an authenticated endpoint: a new token for every second in which there are requests. */
export function createEngineAuthHeaders(secret: Uint8Array, clock: Clock): () => Record<string, string> {
  let madeAtS: number | null = null
  let authorization = ''
  return () => {
    const nowS = Math.floor(clock.nowMs() / 1000)
    if (nowS !== madeAtS) authorization = `Bearer ${createEngineJwt(secret, clock)}`
    madeAtS = nowS
    return { authorization }
  }
}
