import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createEngineJwt } from '../../../node/adapters/engine/engine-jwt.ts'
import { checkJwt } from './jwt.ts'

const nowMs = 1_800_000_000_000
const secret = new Uint8Array(32).fill(7)
const request = (authorization?: string) =>
  ({ headers: authorization === undefined ? {} : { authorization } }) as IncomingMessage

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
function token(claims: unknown, header: unknown = { alg: 'HS256', typ: 'JWT' }, key = secret): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `Bearer ${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
const iat = nowMs / 1000

describe('checkJwt', () => {
  it('accepts the token that our own node makes', () => {
    const clock = { nowMs: () => nowMs, sleep: async () => {} }
    expect(checkJwt(secret, nowMs, request(`Bearer ${createEngineJwt(secret, clock)}`))).toBeNull()
  })

  it.each([
    ['now', token({ iat }), null],
    ['60 s old', token({ iat: iat - 60 }), null],
    ['60 s ahead', token({ iat: iat + 60 }), null],
    ['61 s old', token({ iat: iat - 61 }), /stale token.*61 s ago/],
    ['61 s ahead', token({ iat: iat + 61 }), /stale token.*61 s ahead/],
    ['not expired yet', token({ iat, exp: iat + 1 }), null],
    ['with null for no exp, as kona-node', token({ iat, exp: null }), null],
    ['expired now', token({ iat, exp: iat }), /expired token.*0 s ago/],
    ['expired long ago', token({ iat, exp: iat - 7.5 }), /expired token.*7 s ago/],
    ['an exp that is no number', token({ iat, exp: 'never' }), /exp/],
    ['no header', undefined, /missing token/],
    ['basic', 'Basic abc', /expected "Bearer <JWT>"/],
    ['one part', 'Bearer abc', /three parts/],
    ['no iat', token({}), /iat/],
    ['another secret', token({ iat }, undefined, new Uint8Array(32)), /signature does not match/],
    ['another algorithm', token({ iat }, { alg: 'HS512', typ: 'JWT' }), /HS256/],
    ['alg none', `Bearer ${encode({ alg: 'none' })}.${encode({ iat })}.`, /HS256/],
    ['not JSON', 'Bearer a.b.c', /HS256/],
  ])('%s', (_name, authorization, expected) => {
    const found = checkJwt(secret, nowMs, request(authorization))
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatch(expected)
  })
})
