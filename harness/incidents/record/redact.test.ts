import { describe, expect, it } from 'vitest'
import { createRedaction, redactFact } from './redact.ts'

const hash = `0x${'ab'.repeat(32)}`
const peer = '16Uiu2HAmHvrPvGKQy9PhBwYnTxcYgHS8sMrPzqKvMJgPPMNeNsFG'

describe('redaction', () => {
  const redact = createRedaction([/customer-\d+/g])
  it.each([
    [
      'dial http://user:hunter2@rpc.example.com:8545/v2/s3cr3tkey?token=abc failed',
      'dial http://rpc.example.com:8545 failed',
    ],
    ['wss://eth.example.org/v3/0123456789abcdef', 'wss://eth.example.org'],
    ['postgres://me:hunter2@db/x and redis://:hunter2@cache:6379', 'postgres://db and redis://cache:6379'],
    ['peer 10.1.2.3:9222 and 192.168.0.7', 'peer <ip>:9222 and <ip>'],
    ['/ip4/203.0.113.9/tcp/9222/p2p/16Uiu2HAm', '/ip4/<ip>/tcp/9222/p2p/16Uiu2HAm'],
    ['listen 2001:db8::8a2e:370:7334 now', 'listen <ip> now'],
    ['self=enode://abcdef0123@10.0.0.1:30303', 'self=enode:<node-key>'],
    ['enr:-Iu4QAAbbcc', 'enr:<node-key>'],
    ['Authorization: Bearer abcdefghijkl', 'Authorization: <secret>'],
    ['sent Bearer abcdefghijkl to it', 'sent Bearer <secret> to it'],
    ['p2p.priv=0xdeadbeefdeadbeef jwt_secret: "topsecret"', 'p2p.priv=<secret> jwt_secret: <secret>'],
    ['eyJhbGciOi.eyJpYXQi.c2ln', '<secret>'],
    ['of customer-42', 'of <redacted>'],
    // What an explanation needs stays.
    [hash, hash],
    [`block ${hash} number=12 took 1.25ms v1.19.0`, `block ${hash} number=12 took 1.25ms v1.19.0`],
    ['at 11:45:13 in reth::cli', 'at 11:45:13 in reth::cli'],
    ['2026-11-28T11:45:13.123Z', '2026-11-28T11:45:13.123Z'],
    [`/dns4/n.example.org/tcp/9222/p2p/${peer}`, `/dns4/n.example.org/tcp/9222/p2p/${peer}`],
    [`GET /eth/v1/beacon/blob_sidecars/${hash}`, `GET /eth/v1/beacon/blob_sidecars/${hash}`],
    ['/eth/v1/node/syncing', '/eth/v1/node/syncing'],
    ['http://10.0.0.1:8545: connection refused', 'http://<ip>:8545 connection refused'],
    ['max_sequencer_drift=600 token ring', 'max_sequencer_drift=600 token ring'],
  ])('%s', (text, expected) => expect(redact(text)).toBe(expected))

  /** What none of these may leave is the word `hunter2`, or a part of it. */
  it.each([
    // URLs whose password holds what ends a part of a URL, or that were cut within it.
    'http://user:hun/ter2@host/',
    'http://user:x@hunter2@host:80/',
    'http://user:hunter2',
    'http://user:#hunter2@host',
    'user:hunter2@rpc.example.com:8545',
    // Keys of providers without the scheme before them.
    'POST eth-mainnet.example.com/v2/hunter2x failed',
    'GET /v3/hunter2hunter2 HTTP/1.1',
    'GET /rpc/hunter2-hunter2-hunter2 HTTP/1.1',
    // Names in every spelling, values in every kind of quote.
    '{"password":"hunter2 hunter2"}',
    String.raw`body="{\"api_key\":\"hunter2\",\"a\":1}"`,
    String.raw`{"password":"a\"hunter2"}`,
    "passwd='hunter2, hunter2'",
    'OP_NODE_P2P_PRIV_RAW=hunter2',
    'p2p.priv.raw=hunter2 p2p.sequencer.key=hunter2 nodekey: hunter2',
    'running with --jwt-secret hunter2 --authrpc.port 8551',
    'args=[geth --nodekeyhex hunter2]',
    'map[X-Api-Key:[hunter2] Accept:[*/*]]',
    'headers: {"x-api-key": "hunter2"}',
    '("x-api-key", "hunter2")',
    'Authorization: Basic hunter2',
    'Authorization:[Bearer hunter2]',
    'proxy-authorization: Digest username="a", response="hunter2"',
    'Cookie: sid=hunter2; other=hunter2',
    'mnemonic="test hunter junk hunter2"',
    'mnemonic: test test test test test test test test test test hunter junk',
    'callback%3Fapi_key%3Dhunter2',
    'auth=hunter2 pw:hunter2 pass => hunter2',
  ])('leaves nothing of what is secret in %s', (text) => {
    expect(redact(text)).not.toMatch(/hunt|ter2/)
  })

  it('takes out what the user names of hashes and of whole texts too', () => {
    expect(createRedaction([/0xab+/g])(hash)).toMatch(/^<redacted>/)
  })

  describe('of the URLs that the user gave', () => {
    const known = createRedaction(
      [],
      ['http://op:a%2Fb@host/abcdefghijklmnopqrstuvwxyz?id=query0', 'http://h/k3yk3yk3'],
    )
    it.each([
      ['no page /abcdefghijklmnopqrstuvwxyz of query0', 'no page /<secret> of <secret>'],
      ['HTTP 503 "no page /abcdefghijklmn"', 'HTTP 503 "no page /<secret>"'],
      ['no page /abcdefghijkl', 'no page /<secret>'],
      ['op is not a/b', '<secret> is not <secret>'],
      [`sent ${Buffer.from('op:a/b').toString('base64')}`, 'sent <secret>'],
      ['404: k3yk3yk3', '404: <secret>'],
      // A short user name is no part of other words.
      ['optimism_version: op-node stopped', 'optimism_version: <secret>-node stopped'],
    ])('%s', (text, expected) => expect(known(text)).toBe(expected))
  })

  it('reaches every text of a fact, and leaves its numbers', () => {
    const fact = redactFact(
      {
        ...{ kind: 'rpc', link: 'recorder→a', methods: ['m'], outcome: 'ok', durationMs: 7 },
        response: { '10.0.0.1': [{ deep: 'http://u:p@h/x', apiKey: 'hunter2' }], count: 3 },
      },
      redact,
    )
    expect(fact).toMatchObject({
      durationMs: 7,
      response: { '<ip>': [{ deep: 'http://h', apiKey: '<secret>' }], count: 3 },
    })
  })

  it('cuts a text after it is redacted, so that no half of a secret is left', () => {
    const fact = redactFact(
      { kind: 'note', component: 'a', message: `${'.'.repeat(990)} http://u:hunter2hunter2@host/` },
      redact,
    )
    if (fact.kind !== 'note') throw new Error('expected the note')
    expect(fact.message).toHaveLength(1_000)
    expect(fact.message).not.toMatch(/hunt/)
  })

  it.each(['head', 'unsafe', 'number', 'hash', 'recording', 'l1BlockTime'])(
    'leaves the stream readable when a user is called %s',
    (user) => {
      const named = createRedaction([], [`http://${user}:x@host/`])
      const block = { number: 1, hash }
      expect(redactFact({ kind: 'head', node: 'a', level: 'unsafe', block }, named)).toEqual({
        ...{ kind: 'head', node: 'a', level: 'unsafe', block },
      })
      const run = redactFact(
        {
          ...{ kind: 'run', version: 2, runId: 'r', scenario: 'r', topology: 'recording', runnerPid: 0 },
          ...{ startedAt: '', parameters: { l1BlockTime: 2, follows: { [user]: 'b' } } },
        },
        named,
      )
      expect(run).toMatchObject({
        ...{ kind: 'run', topology: 'recording' },
        parameters: { l1BlockTime: 2, follows: { '<secret>': 'b' } },
      })
    },
  )

  it.each([
    ['names of secrets', 'key'],
    ['separators', 'a.b:'],
    ['slashes', '/a1'],
    ['backslashes', 'key\\'],
    ['colons', 'ab::'],
    ['schemes', 'a+b://'],
    ['flags', '--key'],
    ['quotes', '"key":"'],
  ])('takes no long time for a long line of %s', (_, part) => {
    const line = part.repeat(64 * 1024).slice(0, 64 * 1024)
    const began = process.cpuUsage()
    redact(line)
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1e6).toBeLessThan(2)
  })
})
