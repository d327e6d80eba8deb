import { describe, expect, it } from 'vitest'
import { formatPeerUrl, parsePeerUrl } from './peer-url.ts'

describe('peer addresses', () => {
  it.each([
    ['lockstep://127.0.0.1:30303', '127.0.0.1', 30303],
    ['lockstep://localhost:1', 'localhost', 1],
    ['lockstep://[::1]:65535', '::1', 65535],
  ])('%s', (url, host, port) => {
    expect(parsePeerUrl(url)).toEqual({ host, port })
    expect(formatPeerUrl({ host, port })).toBe(url)
  })

  it.each([
    'enode://aa@127.0.0.1:1',
    'lockstep://127.0.0.1',
    'lockstep://127.0.0.1:0',
    'lockstep://a:70000',
    'lockstep://a:1/x',
    '',
  ])('refuses %s', (url) => expect(() => parsePeerUrl(url)).toThrow(/expected a peer address/))
})
