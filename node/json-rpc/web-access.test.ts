import { describe, expect, it } from 'vitest'
import { isJsonType, isOrigin, isVirtualHost, localAccess, refuseWebRequest } from './web-access.ts'

const access = { virtualHosts: ['localhost', 'node'], corsDomains: ['https://app.example'] }

describe('refuseWebRequest', () => {
  it.each([
    ['localhost:9545', true],
    ['LOCALHOST', true],
    ['node', true],
    ['127.0.0.1:9545', true],
    ['10.1.2.3', true],
    ['[::1]:9545', true],
    ['[::ffff:127.0.0.1]', true],
    ['', true],
    ['attacker.example', false],
    ['attacker.example:9545', false],
    ['localhost.attacker.example', false],
    ['127.0.0.1.attacker.example', false],
    ['a:b:c', false],
    ['[localhost', false],
  ])('takes the host %s: %s', (host, taken) => {
    expect(refuseWebRequest({ host }, access)).toEqual(
      taken ? null : expect.stringContaining('expected as Host'),
    )
    expect(refuseWebRequest({ host }, { ...access, virtualHosts: ['*'] })).toBeNull()
  })

  it.each([
    ['https://app.example', true],
    ['https://APP.example', true],
    ['http://app.example', false],
    ['https://app.example:8443', false],
    ['https://app.example.attacker', false],
    ['http://localhost', false],
    ['null', false],
    ['', false],
  ])('takes the origin %s: %s', (origin, taken) => {
    expect(refuseWebRequest({ host: 'localhost', origin }, access)).toEqual(
      taken ? null : expect.stringContaining('is not allowed'),
    )
    expect(refuseWebRequest({ host: 'localhost', origin }, localAccess)).not.toBeNull()
    expect(refuseWebRequest({ host: 'localhost', origin }, { ...access, corsDomains: ['*'] })).toBeNull()
  })

  it('lets programs in that send neither', () => expect(refuseWebRequest({}, localAccess)).toBeNull())
})

describe('isJsonType', () => {
  it.each([
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/json-rpc', true],
    ['application/jsonrequest', true],
    ['text/plain', false],
    ['text/plain; application/json', false],
    ['application/x-www-form-urlencoded', false],
    ['multipart/form-data', false],
    ['application/jsonx', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (type, expected) => expect(isJsonType(type)).toBe(expected))
})

describe('what an allow-list may hold', () => {
  it.each([
    ['*', true, true],
    ['op-node', true, false],
    ['https://app.example', false, true],
    ['http://localhost:3000', false, true],
    ['https://app.example/', false, false],
    ['a:1', false, false],
    ['', false, false],
  ])('%s', (text, host, origin) => expect([isVirtualHost(text), isOrigin(text)]).toEqual([host, origin]))
})
