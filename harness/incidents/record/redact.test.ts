import { describe, expect, it } from 'vitest'
import { createRedaction, redactFact } from './redact.ts'

const hash = `0x${'ab'.repeat(32)}`

describe('redaction', () => {
  const redact = createRedaction([/customer-\d+/g])
  it.each([
    [
      'dial http://user:hunter2@rpc.example.com:8545/v2/s3cr3tkey?token=abc failed',
      'dial http://rpc.example.com:8545 failed',
    ],
    ['wss://eth.example.org/v3/0123456789abcdef', 'wss://eth.example.org'],
    ['peer 10.1.2.3:9222 and 192.168.0.7', 'peer <ip>:9222 and <ip>'],
    ['/ip4/203.0.113.9/tcp/9222/p2p/16Uiu2HAm', '/ip4/<ip>/tcp/9222/p2p/16Uiu2HAm'],
    ['listen 2001:db8::8a2e:370:7334 now', 'listen <ip> now'],
    ['self=enode://abcdef0123@10.0.0.1:30303', 'self=enode:<node-key>'],
    ['enr:-Iu4QAAbbcc', 'enr:<node-key>'],
    ['Authorization: Bearer abcdefghijkl', 'Authorization: Bearer <secret>'],
    ['p2p.priv=0xdeadbeefdeadbeef jwt_secret: "topsecret"', 'p2p.priv=<secret> jwt_secret: "<secret>"'],
    ['eyJhbGciOi.eyJpYXQi.c2ln', '<secret>'],
    ['of customer-42', 'of <redacted>'],
    // What an explanation needs stays.
    [hash, hash],
    [`block ${hash} number=12 took 1.25ms v1.19.0`, `block ${hash} number=12 took 1.25ms v1.19.0`],
    ['at 11:45:13 in reth::cli', 'at 11:45:13 in reth::cli'],
    ['2026-11-28T11:45:13.123Z', '2026-11-28T11:45:13.123Z'],
  ])('%s', (text, expected) => expect(redact(text)).toBe(expected))

  it('reaches every text of a fact, and leaves its numbers', () => {
    const fact = redactFact(
      {
        ...{ kind: 'rpc', link: 'recorder→a', methods: ['m'], outcome: 'ok', durationMs: 7 },
        response: { '10.0.0.1': [{ deep: 'http://u:p@h/x' }], count: 3 },
      },
      redact,
    )
    expect(fact).toMatchObject({ durationMs: 7, response: { '<ip>': [{ deep: 'http://h' }], count: 3 } })
  })
})
