import { beforeAll, describe, expect, it } from 'vitest'
import { localAccess } from '../../node/json-rpc/web-access.ts'
import { elHelp } from './flags.ts'
import { type ElFiles, parseElFlags } from './flags-config.ts'
import { createTestChain } from './testing/test-el.ts'

let genesis: string
beforeAll(async () => {
  genesis = JSON.stringify((await createTestChain()).genesisJson)
})
const files: ElFiles = {
  text: (path) => (path === 'genesis.json' ? genesis : path),
  secret: () => new Uint8Array(32),
}
const required = ['--genesis', 'genesis.json', '--authrpc.jwtsecret=jwt.hex']
const parse = (...argv: string[]) => parseElFlags(argv, files)

describe('parseElFlags', () => {
  it('takes both spellings and has defaults', () => {
    expect(parse(...required, '--http.port=0', '--log.level', 'debug')).toMatchObject({
      node: {
        auth: { host: '127.0.0.1', port: 8551 },
        http: { host: '127.0.0.1', port: 0 },
        peers: { host: '127.0.0.1', port: 30303 },
        bootnodes: [],
        genesis: { config: { chainId: 901n } },
        chainConfigJson: { chainId: 901 },
      },
      log: { level: 'debug', format: 'text' },
    })
  })

  it('opens the public port to programs of this machine alone, without admin, unless it is told more', () => {
    expect(parse(...required).node).toMatchObject({
      auth: { access: localAccess },
      http: { access: localAccess, namespaces: ['eth', 'net', 'web3', 'txpool', 'debug'] },
    })
    const asked = [
      '--http.api',
      'eth,admin',
      '--http.vhosts',
      'EL,*',
      '--http.corsdomain',
      'https://App.example',
    ]
    expect(parse(...required, ...asked, '--authrpc.vhosts', 'el').node).toMatchObject({
      auth: { access: { virtualHosts: ['el'], corsDomains: [] } },
      http: {
        access: { virtualHosts: ['el', '*'], corsDomains: ['https://app.example'] },
        namespaces: ['eth', 'admin'],
      },
    })
  })

  it('keeps the chain in memory unless there is a datadir', () => {
    expect(parse(...required).node).not.toHaveProperty('datadir')
    expect(parse(...required, '--datadir', '/chain').node.datadir).toBe('/chain')
    expect(() => parse(...required, '--datadir=')).toThrow('--datadir: expected a directory, found nothing')
  })

  it.each([
    [['--genesis', 'genesis.json'], /^--authrpc.jwtsecret is missing; see lockstep el --help$/],
    [['--authrpc.jwtsecret', 'x'], /^--genesis is missing/],
    [
      [...['--genesis', 'genesis.json'], '--authrpc.jwtsecrets', 'x'],
      /unknown flag.*nearest known flag is --authrpc.jwtsecret$/,
    ],
    [
      [...['--genesis', 'genesis.json'], '--override.karst=7'],
      /--override.karst: expected the time in the genesis file \(config.karstTime\), this engine takes no overrides/,
    ],
    [['run'], /expected a flag such as --genesis, found the argument "run"/],
    [['--genesis'], /--genesis: expected a value, found the end/],
    [['--genesis', '--http.port'], /--genesis: expected a value, found --http.port/],
    [['--port', '1', '--port', '2'], /--port: expected it once/],
    [['--genesis', '{}', '--authrpc.jwtsecret', 'x'], /genesis .*config/],
    [['--genesis', 'not json', '--authrpc.jwtsecret', 'x'], /expected JSON, found 8 other characters/],
  ])('%j', (argv, expected) => expect(() => parse(...argv)).toThrow(expected))

  it.each([
    ['--http.port', '65536', /expected a port from 0 to 65535, found "65536"/],
    ['--log.level', 'loud', /expected debug, info, warn, error, found "loud"/],
    ['--log.format', 'xml', /expected json, text/],
    [
      '--http.api',
      'eth,personal',
      /--http.api: expected eth, net, web3, txpool, debug, admin, miner, found "personal"/,
    ],
    ['--http.vhosts', 'a:1', /--http.vhosts: expected a host name without scheme and port/],
    ['--authrpc.vhosts', 'http://a', /--authrpc.vhosts: expected a host name without scheme and port/],
    ['--http.corsdomain', 'app.example', /--http.corsdomain: expected an origin/],
    ['--bootnodes', 'enode://a', /--bootnodes: expected a peer address/],
  ])('%s %s', (flag, value, expected) => expect(() => parse(...required, flag, value)).toThrow(expected))

  it('explains every flag', () => {
    const help = elHelp(80)
    for (const name of ['genesis', 'datadir', 'authrpc.port', 'http.port', 'port', 'log.format'])
      expect(help).toContain(`--${name} `)
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})
