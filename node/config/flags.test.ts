import { describe, expect, it } from 'vitest'
import { localAccess } from '../json-rpc/web-access.ts'
import { testRollupConfig } from '../network/testing/blocks.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigFiles } from './config-files.ts'
import { parseDuration } from './durations.ts'
import { environmentNames, unknownVariables } from './environment.ts'
import { flagTable } from './flags.ts'
import { toProgramConfig } from './flags-config.ts'
import { flagsHelp } from './flags-help.ts'
import { nearest } from './flags-nearest.ts'
import { parseFlags } from './flags-parse.ts'
import { forkNames, forksActiveFrom } from './forks.ts'
import { rollupConfigToJson } from './rollup-config.ts'
import { parseSecret } from './secret.ts'

const rollup = testRollupConfig('isthmus')
const required = [
  ...['--l1', 'http://127.0.0.1:8545', '--l2', 'http://127.0.0.1:8551'],
  ...['--l2.jwt-secret', '/run/jwt', '--rollup.config', '/run/rollup.json', '--l1.beacon.ignore'],
]
const files: ConfigFiles = {
  text: () => JSON.stringify(rollupConfigToJson(rollup)),
  secret: (path) => new Uint8Array(32).fill(path.length),
  secretOrNew: (path) => ({ secret: new Uint8Array(32).fill(path.length), isNew: path === '/new' }),
}
const config = (argv: readonly string[], environment: Record<string, string> = {}, from = files) =>
  toProgramConfig(parseFlags([...required, ...argv], environment), from)

describe('the table of flags', () => {
  it('has no name, alias or variable twice', () => {
    const names = flagTable.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])])
    expect(new Set(names).size).toBe(names.length)
    const variables = flagTable.flatMap(environmentNames)
    expect(new Set(variables).size).toBe(variables.length)
  })

  it('shows every flag, variable and default in the help, within the width', () => {
    const help = flagsHelp({ colour: false, width: 80 })
    for (const flag of flagTable) {
      expect(help).toContain(`--${flag.name}`)
      for (const variable of environmentNames(flag)) expect(help).toContain(variable)
      if (flag.default !== undefined)
        expect(help.replaceAll(/\s+/g, ' ')).toContain(`default: ${flag.default}`)
    }
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(help).not.toContain('\u001b')
  })
})

describe('parsing flags', () => {
  it('takes defaults, =, switches and aliases', () => {
    const values = parseFlags(
      [
        ...required.slice(2),
        '--l1-eth-rpc=http://a',
        '--rpc.enable-admin',
        '--rpc.port=1',
        '--sequencer.enabled=false',
      ],
      {},
    )
    const value = (name: string) => values.get(name as never)?.value
    expect(value('l1')).toBe('http://a')
    expect(value('rpc.enable-admin')).toBe('true')
    expect(value('sequencer.enabled')).toBe('false')
    expect(value('rpc.port')).toBe('1')
    expect(value('metrics.port')).toBe('7300')
    expect(value('l2.follow.source')).toBeUndefined()
  })

  it('prefers the command line to our variable to op-node’s to kona-node’s', () => {
    const environment: Record<string, string> = {
      KONA_NODE_RPC_PORT: '1',
      OP_NODE_RPC_PORT: '2',
      LOCKSTEP_NODE_RPC_PORT: '3',
    }
    const port = (argv: string[] = []) => config(argv, environment).node.rpc.port
    expect(port(['--rpc.port', '4'])).toBe(4)
    expect(port()).toBe(3)
    environment['LOCKSTEP_NODE_RPC_PORT'] = ''
    expect(port()).toBe(2)
    delete environment['OP_NODE_RPC_PORT']
    expect(port()).toBe(1)
    delete environment['KONA_NODE_RPC_PORT']
    expect(port()).toBe(9545)
  })

  it('runs from the environment alone, as op-node and kona-node are run', () => {
    const parsed = toProgramConfig(
      parseFlags([], {
        OP_NODE_L1_ETH_RPC: 'http://l1',
        KONA_NODE_L2_ENGINE_RPC: 'http://l2',
        KONA_NODE_L2_ENGINE_AUTH: '/jwt',
        OP_NODE_ROLLUP_CONFIG: '/rollup.json',
        KONA_NODE_L2_FOLLOW_SOURCE: 'http://source',
        OP_NODE_L1_BEACON: 'http://beacon',
        OP_NODE_SEQUENCER_ENABLED: 'true',
        OP_NODE_P2P_DISABLE: '1',
      }),
      files,
    )
    expect(parsed.node).toMatchObject({
      l1: { rpcUrl: 'http://l1' },
      beacon: { url: 'http://beacon', ignoreCheck: false },
      l2: { engineUrl: 'http://l2' },
      follow: { sourceUrl: 'http://source' },
      sequencer: { stopped: false, l1Confirmations: 4n },
      p2p: null,
    })
  })

  it.each<[string, string[], string]>([
    ['an unknown flag', ['--rpc.prot', '1'], 'unknown flag --rpc.prot; the nearest known flag is --rpc.port'],
    [
      'an unknown flag with a value',
      ['--l2.follow.src=http://x'],
      'unknown flag --l2.follow.src; the nearest known flag is --l2.follow.source',
    ],
    ['a flag without its value', ['--rpc.port'], '--rpc.port: expected a value (PORT), found the end'],
    [
      'a flag where a value should be',
      ['--rpc.port', '--rpc.addr'],
      '--rpc.port: expected a value (PORT), found --rpc.addr',
    ],
    ['a flag twice', ['--rpc.port', '1', '--rpc.port', '2'], '--rpc.port: expected it once, found 1 and 2'],
    ['a stray argument', ['hello'], 'expected a flag such as --l1, found the argument "hello"'],
    ['a single dash', ['-l1'], 'expected a flag such as --l1, found the argument "-l1"'],
    ['a switch with a word', ['--p2p.disable=yes'], '--p2p.disable: expected true or false, found "yes"'],
  ])('refuses %s', (_, argv, message) => {
    expect(() => parseFlags([...required, ...argv], {})).toThrow(new ConfigError(message))
  })

  it('names every required flag that is missing', () => {
    expect(() => parseFlags([], {})).toThrow(
      '--l1, --l2, --l2.jwt-secret and --rollup.config are missing; see lockstep node --help',
    )
    expect(() => parseFlags(required.slice(2), {})).toThrow('--l1 is missing; see lockstep node --help')
  })

  it.each([
    ['rpc.prot', 'rpc.port'],
    ['follow-source', 'l2-follow-source'],
    ['p2p.statik', 'p2p.static'],
  ])('finds what %s was meant to be', (word, meant) => {
    expect(
      nearest(
        word,
        flagTable.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]),
      ),
    ).toBe(meant)
  })

  it('finds variables that set nothing', () => {
    const environment = {
      LOCKSTEP_NODE_RPC_PROT: '1',
      LOCKSTEP_NODE_RPC_PORT: '1',
      OTHER: '1',
      LOCKSTEP_HOME: '/x',
    }
    expect(unknownVariables(environment)).toEqual([
      { name: 'LOCKSTEP_NODE_RPC_PROT', nearest: 'LOCKSTEP_NODE_RPC_PORT' },
    ])
  })
})

describe('overrides of the rollup configuration', () => {
  const isthmus = (argv: readonly string[], environment: Record<string, string> = {}) =>
    config(argv, environment).node.rollup

  it.each<[string, string[], Record<string, string>, Record<string, bigint>]>([
    ['a flag', ['--override.jovian', '70', '--override.karst=80'], {}, { jovian: 70n, karst: 80n }],
    ["kona-node's flags", ['--jovian-override=7', '--karst-override', '8'], {}, { jovian: 7n, karst: 8n }],
    ["op-node's variable", [], { OP_NODE_OVERRIDE_JOVIAN: '7' }, { jovian: 7n }],
    ["kona-node's variable", [], { KONA_NODE_OVERRIDE_JOVIAN: '7' }, { jovian: 7n }],
    ['our variable', [], { LOCKSTEP_NODE_OVERRIDE_JOVIAN: '7' }, { jovian: 7n }],
    ['a time far away', ['--override.jovian', '9007199254740991'], {}, { jovian: 9007199254740991n }],
    ['a fork that the file has', ['--override.isthmus', '1700000000'], {}, { isthmus: 1_700_000_000n }],
    ['Canyon', ['--override.canyon=0'], {}, { canyon: 0n }],
  ])('%s', (_, argv, environment, forks) => {
    expect(isthmus(argv, environment).forks).toEqual({ ...rollup.forks, ...forks })
  })

  it('has one of every fork from Canyon on', () => {
    const all = forkNames.slice(1).flatMap((fork) => [`--override.${fork}`, '5'])
    expect(isthmus(all).forks).toEqual({ ...forksActiveFrom('karst', 5n), regolith: 0n })
  })

  it.each<[string, string[], Record<string, string>, boolean]>([
    ['on', ['--override.keep-karst-upgrade-gas'], {}, true],
    ['on by variable', [], { OP_NODE_OVERRIDE_KEEP_KARST_UPGRADE_GAS: 'true' }, true],
    ['off', ['--override.keep-karst-upgrade-gas=false'], {}, false],
  ])('keeps the upgrade gas of Karst: %s', (_, argv, environment, expected) => {
    const kept = {
      ...files,
      text: () => JSON.stringify(rollupConfigToJson({ ...rollup, keepKarstUpgradeGas: !expected })),
    }
    expect(config([], {}, kept).node.rollup.keepKarstUpgradeGas).toBe(!expected)
    expect(config(argv, environment, kept).node.rollup.keepKarstUpgradeGas).toBe(expected)
  })

  it('sets the blob schedule fix of Pectra', () => {
    for (const name of ['OP_NODE_OVERRIDE_PECTRABLOBSCHEDULE', 'KONA_NODE_OVERRIDE_PECTRA_BLOB_SCHEDULE'])
      expect(isthmus([], { [name]: '9' }).pectraBlobScheduleTime).toBe(9n)
  })

  it.each<[string, string[], Record<string, string>, string]>([
    [
      'a fork that is not supported',
      ['--override.lagoon', '5'],
      {},
      'with --override.lagoon, the rollup config is not valid: lagoon_time: expected no value, found 5: this program knows the fork lagoon by name only',
    ],
    ['its variable', [], { OP_NODE_OVERRIDE_LAGOON: '5' }, 'with OP_NODE_OVERRIDE_LAGOON, the rollup'],
    ["kona-node's name of it", [], { KONA_NODE_OVERRIDE_INTEROP: '5' }, 'interop_time: expected no value'],
    [
      'a fork before its time',
      ['--override.karst', '5'],
      {},
      'with --override.karst, the rollup config is not valid: karst_time: is set although the earlier fork jovian is not',
    ],
    ['no number', ['--override.jovian', 'now'], {}, '--override.jovian: expected a time in seconds'],
    ['a time that JSON cannot hold', ['--override.jovian', '9007199254740992'], {}, 'from 0 to 2^53 - 1'],
    [
      'one like a known one by its beginning alone',
      ['--override.unicorn', '5'],
      {},
      'unicorn; lockstep node',
    ],
    ['a fork with letters exchanged', ['--override.krast', '5'], {}, 'flag is --override.karst'],
    [
      'an unknown fork',
      ['--override.marble', '5'],
      {},
      'unknown flag --override.marble; lockstep node --help has all',
    ],
    [
      'an unknown variable',
      [],
      { OP_NODE_OVERRIDE_KRAST: '5' },
      'unknown variable OP_NODE_OVERRIDE_KRAST; the nearest known variable is OP_NODE_OVERRIDE_KARST',
    ],
    [
      'one of ours',
      [],
      { LOCKSTEP_NODE_OVERRIDE_KRAST: '5' },
      'unknown variable LOCKSTEP_NODE_OVERRIDE_KRAST',
    ],
    ["one of kona-node's", [], { KONA_NODE_OVERRIDE_X: '5' }, 'unknown variable KONA_NODE_OVERRIDE_X'],
  ])('refuses %s', (_, argv, environment, message) => {
    expect(() => isthmus(argv, environment)).toThrow(message)
    expect(() => isthmus(argv, environment)).toThrow(ConfigError)
  })

  it('passes over an empty variable', () => {
    expect(() => isthmus([], { OP_NODE_OVERRIDE_KRAST: '', OP_NODE_OVERRIDE_LAGOON: '' })).not.toThrow()
  })
})

describe('upgrade bundles', () => {
  const entry = { intent: 'A', from: `0x${'00'.repeat(20)}`, to: null, data: '0x', gasLimit: 1 }
  const bundle = (intent: string) =>
    JSON.stringify({ metadata: { version: '1.0.0' }, transactions: [{ ...entry, intent }] })
  const withBundles: ConfigFiles = {
    ...files,
    text: (path, purpose) => (path.startsWith('/b/') ? bundle(path) : files.text(path, purpose)),
  }
  const upgrades = (...argv: string[]) => config(argv, {}, withBundles).node.upgrades

  it('are read by fork', () => {
    const expected = {
      jovian: [expect.objectContaining({ intent: '/b/j' })],
      karst: [expect.objectContaining({ intent: '/b/k=1' })],
    }
    expect(upgrades('--rollup.upgrades', 'jovian=/b/j', '--rollup.upgrades', 'karst=/b/k=1')).toEqual(
      expected,
    )
    expect(upgrades('--rollup.upgrades', 'jovian=/b/j, karst=/b/k=1')).toEqual(expected)
  })

  it.each([
    [
      '/b/k',
      'expected FORK=FILE with a fork that has upgrade transactions (ecotone, fjord, isthmus, jovian, karst)',
    ],
    ['granite=/b/g', 'expected FORK=FILE'],
    ['karst=', 'expected FORK=FILE'],
    ['karst=/b/1,karst=/b/2', '--rollup.upgrades: expected one bundle of karst, found another: /b/2'],
    ['karst=/rollup.json', '/rollup.json: upgrade bundle is not valid: metadata'],
  ])('refuse %s', (value, message) => {
    expect(() => upgrades('--rollup.upgrades', value)).toThrow(message)
  })
})

describe('the configuration from flags', () => {
  it.each([
    ['12s', 500],
    ['250ms', 250],
  ])('asks L1 every %s, but never slower than a quarter of an L2 block', (interval, pollIntervalMs) => {
    expect(config(['--l1.http-poll-interval', interval]).node.l1.pollIntervalMs).toBe(pollIntervalMs)
  })

  it('has the documented defaults', () => {
    expect(config([])).toEqual({
      jwtSecretPath: '/run/jwt',
      clockOffsetMs: 0,
      trustL1Rpc: false,
      l1CallsPerSecond: null,
      l1BatchCallsMax: 20,
      safeDbPath: null,
      node: {
        rollup: { ...rollup, genesis: expect.any(Object) },
        upgrades: {},
        l1: {
          rpcUrl: 'http://127.0.0.1:8545',
          pollIntervalMs: 500,
          timeoutMs: 10_000,
          confirmations: 0n,
          maxConcurrency: 20,
        },
        beacon: null,
        l2: { engineUrl: 'http://127.0.0.1:8551', jwtSecret: new Uint8Array(32).fill(8), timeoutMs: 10_000 },
        sync: { mode: 'consensus-layer', offsetElSafeMs: 12 * 3_600_000, elSyncAfterFinality: false },
        follow: null,
        sequencer: null,
        p2p: {
          listenHost: '127.0.0.1',
          listenPort: 9222,
          privateKey: null,
          newIdentityPath: null,
          sequencerKey: null,
          unsafeBlockSigner: null,
          staticPeers: [],
          peers: { lo: 20, hi: 30, graceMs: 30_000 },
          mesh: { d: 8, lo: 6, hi: 12, lazy: 6, floodPublish: true },
          scoring: 'light',
          ban: { threshold: -100, durationMs: 3_600_000 },
          discovery: null,
        },
        rpc: { host: '127.0.0.1', port: 9545, enableAdmin: false, access: localAccess },
        metrics: null,
        log: { level: 'info', format: 'text' },
        startTimeoutMs: 10_000,
      },
    })
  })

  it.each([
    ['1.5s', 1_500],
    ['-20s', -20_000],
    ['-0s', 0],
  ])('takes an offset of the clock in both directions: %s', (value, ms) => {
    expect(config([`--clock.offset=${value}`]).clockOffsetMs).toBe(ms)
  })

  it('needs a beacon to derive a chain that has Ecotone, or the word that none is wanted', () => {
    const without = required.filter((flag) => flag !== '--l1.beacon.ignore')
    const parse = (argv: readonly string[], from = files) =>
      toProgramConfig(parseFlags([...without, ...argv], {}), from).node.beacon
    expect(() => parse([])).toThrow(
      /^expected --l1\.beacon URL, .* or --l1\.beacon\.ignore .*; found neither$/,
    )
    expect(parse(['--l1.beacon.ignore'])).toBeNull()
    expect(parse(['--l2.follow.source', 'http://s'])).toBeNull()
    const delta = { ...files, text: () => JSON.stringify(rollupConfigToJson(testRollupConfig('delta'))) }
    expect(parse([], delta)).toBeNull()
    expect(parse(['--l1.beacon', 'http://b'])).toEqual({
      url: 'http://b',
      fallbackUrls: [],
      headers: {},
      fetchAllSidecars: false,
      slotDurationMs: null,
      timeoutMs: 10_000,
      ignoreCheck: false,
    })
  })

  it('takes everything that a beacon can need', () => {
    const { beacon } = config([
      ...['--l1-beacon', 'http://b', '--l1.beacon-header', 'X-Key:  k: v', '--l1.timeout', '3s'],
      ...['--l1.beacon-fallbacks', 'http://c/x, https://d', '--l1.beacon-archiver', 'http://e'],
      ...['--l1.beacon.fetch-all-sidecars', '--l1.slot-duration-override', '2s'],
    ]).node
    expect(beacon).toEqual({
      url: 'http://b',
      fallbackUrls: ['http://c/x', 'https://d', 'http://e'],
      headers: { 'X-Key': 'k: v' },
      fetchAllSidecars: true,
      slotDurationMs: 2_000,
      timeoutMs: 3_000,
      ignoreCheck: true,
    })
  })

  it.each(['secret', 'X Key: secret', 'X-Key: secret\nX-Other: 1'])(
    'does not repeat a header that it refuses: %j',
    (header) => {
      expect(() => config(['--l1.beacon', 'http://b', '--l1.beacon-header', header])).toThrow(
        new ConfigError(
          "--l1.beacon-header: expected an HTTP header such as 'X-Key: value', found something else",
        ),
      )
    },
  )

  it.each<[string, string[], Record<string, string>, object]>([
    ['the mode', ['--syncmode', 'execution-layer'], {}, { mode: 'execution-layer' }],
    ['the mode as op-node has it', [], { OP_NODE_SYNCMODE: 'Execution-Layer' }, { mode: 'execution-layer' }],
    ['the offset', ['--syncmode.offset-el-safe=90s'], {}, { offsetElSafeMs: 90_000 }],
    ['no offset', [], { OP_NODE_SYNCMODE_OFFSET_EL_SAFE: '0s' }, { offsetElSafeMs: 0 }],
    ['an engine that syncs again', ['--l2.enginekind=reth'], {}, { elSyncAfterFinality: true }],
    ['another', [], { OP_NODE_L2_ENGINE_KIND: 'erigon' }, { elSyncAfterFinality: true }],
  ])('reads of initial sync: %s', (_, argv, environment, sync) => {
    expect(config(argv, environment).node.sync).toMatchObject(sync)
  })

  it('sequences as it is told, in recover mode too', () => {
    const sequencer = (...argv: string[]) => config(['--sequencer.enabled', ...argv]).node.sequencer
    expect(sequencer()).toEqual({ stopped: false, l1Confirmations: 4n, maxSafeLag: 0n, recover: false })
    expect(sequencer('--sequencer.recover')).toMatchObject({ recover: true })
    expect(
      config(['--sequencer.enabled'], { OP_NODE_SEQUENCER_RECOVER: 'true' }).node.sequencer,
    ).toMatchObject({
      recover: true,
    })
  })

  it.each<[string[], Record<string, string>, string]>([
    [['--conductor.enabled'], {}, '--conductor.enabled: expected no op-conductor, found "true"'],
    [[], { OP_NODE_CONDUCTOR_ENABLED: 'true' }, 'OP_NODE_CONDUCTOR_ENABLED: expected no op-conductor'],
    [['--conductor.rpc', 'http://c'], {}, '--conductor.rpc: expected no op-conductor, found "http://c"'],
  ])('refuses a conductor: %j %j', (argv, environment, message) => {
    expect(() => config(argv, environment)).toThrow(message)
  })

  it('takes the word that there is no conductor', () => {
    expect(() => config(['--conductor.enabled=false'])).not.toThrow()
  })

  it.each([
    ['--syncmode', 'snap', '--syncmode: expected consensus-layer or execution-layer, found "snap"'],
    ['--l2.enginekind', 'besu', '--l2.enginekind: expected geth, reth or erigon, found "besu"'],
    ['--l2.enginekind', 'toString', '--l2.enginekind: expected geth, reth or erigon, found "toString"'],
  ])('refuses %s %s', (flag, value, message) => {
    expect(() => config([flag, value])).toThrow(new ConfigError(message))
  })

  it('polls a source every half block time, at most every second, and gives it at least 2 s', () => {
    const follow = (...argv: string[]) => config(['--l2.follow.source', 'http://s', ...argv]).node.follow
    expect(follow()).toEqual({ sourceUrl: 'http://s', pollIntervalMs: 1_000, timeoutMs: 2_000 })
    expect(follow('--l2.follow.poll-interval', '5s')).toMatchObject({
      pollIntervalMs: 5_000,
      timeoutMs: 5_000,
    })
    expect(follow('--l2.follow.poll-interval', '250ms')).toMatchObject({
      pollIntervalMs: 250,
      timeoutMs: 2_000,
    })
    expect(follow('--l2.follow.timeout', '300ms')).toMatchObject({ timeoutMs: 300 })
    const fast = { ...files, text: () => JSON.stringify(rollupConfigToJson({ ...rollup, blockTime: 1n })) }
    expect(config(['--l2.follow.source', 'http://s'], {}, fast).node.follow?.pollIntervalMs).toBe(500)
  })

  it('takes keys from files or directly, peers in a list or one by one', () => {
    const peer = (port: number) =>
      `/ip4/127.0.0.1/tcp/${port}/p2p/16Uiu2HAm5hPxT7s3TA2f4b4YjAPzS7yLRSgdj87ysDZ6NAXMiRuY`
    const { p2p } = config([
      ...['--p2p.priv.path', '/k', '--p2p.sequencer.key', `0x${'0a'.repeat(32)}`],
      ...['--p2p.static', `${peer(1)},${peer(2)}`, '--p2p.static', peer(3)],
      ...['--p2p.unsafe.block.signer', `0x${'AB'.repeat(20)}`, '--p2p.listen.tcp', '0'],
    ]).node
    expect(p2p).toMatchObject({
      privateKey: `0x${'02'.repeat(32)}`,
      sequencerKey: `0x${'0a'.repeat(32)}`,
      staticPeers: [peer(1), peer(2), peer(3)],
      unsafeBlockSigner: `0x${'ab'.repeat(20)}`,
      listenPort: 0,
    })
  })

  it('says that an identity is new, once', () => {
    const identity = (path: string) => config(['--p2p.priv.path', path]).node.p2p
    expect(identity('/new')).toMatchObject({ privateKey: `0x${'04'.repeat(32)}`, newIdentityPath: '/new' })
    expect(identity('/old')).toMatchObject({ newIdentityPath: null })
    expect(config(['--p2p.priv.raw', '0a'.repeat(32)]).node.p2p).toMatchObject({
      privateKey: `0x${'0a'.repeat(32)}`,
      newIdentityPath: null,
    })
  })

  it('takes the limits, scores and mesh of op-node’s flags', () => {
    const p2p = (...argv: string[]) => config(argv).node.p2p
    expect(
      p2p(
        ...['--p2p.peers.lo', '3', '--p2p.peers.hi', '4', '--p2p.peers.grace', '5s', '--p2p.scoring', 'none'],
        ...['--p2p.ban.threshold', '-40.5', '--p2p.ban.duration', '2m', '--p2p.gossip.mesh.d', '5'],
        ...['--p2p.gossip.mesh.lo', '4', '--p2p.gossip.mesh.dhi', '6', '--p2p.gossip.mesh.dlazy', '7'],
        '--p2p.gossip.mesh.floodpublish=false',
      ),
    ).toMatchObject({
      peers: { lo: 3, hi: 4, graceMs: 5_000 },
      scoring: 'none',
      ban: { threshold: -40.5, durationMs: 120_000 },
      mesh: { d: 5, lo: 4, hi: 6, lazy: 7, floodPublish: false },
    })
    expect(p2p('--p2p.ban.peers=false')).toMatchObject({ ban: null })
    // The default low tide gives way to a high tide below it.
    expect(p2p('--p2p.peers.hi', '2')).toMatchObject({ peers: { lo: 2, hi: 2 } })
  })

  it('searches for peers only when it is told where to begin or where to listen', () => {
    const record = 'enr:-J24QNz9lbrKbN4iSmmjtnr7SjUMk4zB7f1krHZcTZx-JRKZd0kA2g'
    const enode = `enode://${'ab'.repeat(64)}@10.0.0.1:30305`
    const discovery = (...argv: string[]) => config(argv).node.p2p?.discovery
    expect(discovery()).toBeNull()
    expect(discovery('--p2p.bootnodes', record, '--p2p.no-discovery')).toBeNull()
    expect(discovery('--p2p.listen.udp', '0')).toMatchObject({ listenPort: 0, bootnodes: [] })
    expect(discovery('--p2p.bootnodes', `${record}, ${enode}`)).toEqual({
      listenPort: 9222,
      advertise: { ip: null, tcpPort: null, udpPort: null },
      bootnodes: [record, enode],
      netRestrict: null,
      tablePath: null,
    })
    expect(
      discovery(
        ...['--p2p.bootnodes', record, '--p2p.listen.udp', '9003', '--p2p.advertise.ip', '192.0.2.1'],
        ...['--p2p.advertise.tcp', '1', '--p2p.advertise.udp', '2', '--p2p.netrestrict', '10.0.0.0/8,::/0'],
        ...['--p2p.discovery.path', '/table'],
      ),
    ).toEqual({
      listenPort: 9003,
      advertise: { ip: '192.0.2.1', tcpPort: 1, udpPort: 2 },
      bootnodes: [record],
      netRestrict: ['10.0.0.0/8', '::/0'],
      tablePath: '/table',
    })
  })

  it.each([
    ['TRACE', 'terminal', 'debug', 'text'],
    ['crit', 'logfmt', 'error', 'text'],
    ['Warn', 'JSON', 'warn', 'json'],
  ])('understands op-node’s log words %s and %s', (level, format, ourLevel, ourFormat) => {
    expect(config([], { OP_NODE_LOG_LEVEL: level, OP_NODE_LOG_FORMAT: format }).node.log).toEqual({
      level: ourLevel,
      format: ourFormat,
    })
  })

  it.each<[string[], string]>([
    [['--rpc.port', '70000'], '--rpc.port: expected a port from 0 to 65535, found "70000"'],
    [
      ['--rpc.vhosts', 'http://a'],
      '--rpc.vhosts: expected a host name without scheme and port, or *, found "http://a"',
    ],
    [
      ['--rpc.corsdomain', 'https://a/b'],
      '--rpc.corsdomain: expected an origin such as https://app.example, without a path, or *, found "https://a/b"',
    ],
    [['--rpc.port', 'http'], '--rpc.port: expected a port from 0 to 65535, found "http"'],
    [
      ['--l2.follow.source', 'localhost:1'],
      '--l2.follow.source: expected a URL that begins with http:// or https://, found "localhost:1"',
    ],
    [
      ['--l2.follow.source', 'http://s', '--safedb.path', '/db'],
      '--safedb.path: expected a node that derives, found --l2.follow.source; enable the safe head database of the follow source and ask that node',
    ],
    [
      ['--l2.follow.source', 's', '--p2p.disable'],
      '--l2.follow.source: expected a URL that begins with http:// or https://, found "s"',
    ],
    [
      ['--l1.http-poll-interval', '500'],
      '--l1.http-poll-interval: expected a duration such as 500ms, 2s or 1m30s, found "500"',
    ],
    [
      ['--l1.http-poll-interval', '0s'],
      '--l1.http-poll-interval: expected a duration from 1ms to 24h, found "0s"',
    ],
    [['--clock.offset=--2s'], '--clock.offset: expected a duration such as 500ms, 2s or 1m30s, found "-2s"'],
    [['--clock.offset=-25h'], '--clock.offset: expected a duration from 0ms to 24h, found "25h"'],
    [['--l1.timeout', '25h'], '--l1.timeout: expected a duration from 1ms to 24h, found "25h"'],
    [['--verifier.l1-confs', '-1'], '--verifier.l1-confs: expected a whole number, found "-1"'],
    [
      ['--sequencer.enabled', '--sequencer.l1-confs', '1.5'],
      '--sequencer.l1-confs: expected a whole number, found "1.5"',
    ],
    [
      ['--l1.rpc-max-batch-size', '0'],
      '--l1.rpc-max-batch-size: expected a number from 1 to 1000, found "0"',
    ],
    [
      ['--l1.rpc-rate-limit', '-1'],
      '--l1.rpc-rate-limit: expected a number per second from 0.1 to 999999, or 0 for no limit, found "-1"',
    ],
    [['--l1.max-concurrency', '257'], '--l1.max-concurrency: expected a number from 0 to 256, found "257"'],
    [['--p2p.peers.hi', '0'], '--p2p.peers.hi: expected a number from 1 to 1000, found "0"'],
    [['--p2p.peers.lo', '31'], '--p2p.peers.lo: expected at most --p2p.peers.hi (30), found "31"'],
    [['--p2p.scoring', 'full'], '--p2p.scoring: expected light or none, found "full"'],
    [['--p2p.ban.threshold', '0'], '--p2p.ban.threshold: expected a score below zero, found "0"'],
    [
      ['--p2p.gossip.mesh.d', '13'],
      'expected --p2p.gossip.mesh.lo ≤ --p2p.gossip.mesh.d ≤ --p2p.gossip.mesh.dhi, found 6, 13, 12',
    ],
    [
      ['--p2p.bootnodes', 'enr:,'],
      '--p2p.bootnodes: expected a node record such as enr:-J24Q… or enode://…, found "enr:"',
    ],
    [
      ['--p2p.listen.udp', '0', '--p2p.netrestrict', '10.0.0.0'],
      '--p2p.netrestrict: expected a network such as 10.0.0.0/8, found "10.0.0.0"',
    ],
    [['--p2p.listen.ip', 'localhost'], '--p2p.listen.ip: expected an IP address, found "localhost"'],
    [
      ['--p2p.static', 'enode://abc'],
      '--p2p.static: expected a multiaddr such as /ip4/127.0.0.1/tcp/9222/p2p/16Uiu2H…, found "enode://abc"',
    ],
    [
      ['--p2p.unsafe.block.signer', '0x12'],
      '--p2p.unsafe.block.signer: expected an address of 20 bytes, found "0x12"',
    ],
    [
      ['--p2p.sequencer.key', '0x12'],
      '--p2p.sequencer.key: expected 32 bytes as 64 hex digits, found 2 hex digits',
    ],
    [
      ['--p2p.priv.raw', '0x12', '--p2p.priv.path', '/k'],
      'expected --p2p.priv.path or --p2p.priv.raw, found both',
    ],
    [['--l1.beacon', 'b'], '--l1.beacon: expected a URL that begins with http:// or https://, found "b"'],
    [
      ['--l1.beacon', 'http://b', '--l1.beacon-fallbacks', 'http://c,d'],
      '--l1.beacon-fallbacks: expected a URL that begins with http:// or https://, found "d"',
    ],
    [['--log.level', 'loud'], '--log.level: expected debug, info, warn or error, found "loud"'],
    [['--log.format', 'xml'], '--log.format: expected text or json, found "xml"'],
  ])('refuses %j', (argv, message) => {
    expect(() => config(argv)).toThrow(new ConfigError(message))
  })

  it('names the variable that a bad value came from', () => {
    expect(() => config([], { OP_NODE_RPC_PORT: 'x' })).toThrow(/^OP_NODE_RPC_PORT: expected a port/)
  })

  it.each([
    ['', '/run/rollup.json: expected JSON, found an empty file'],
    ['{', '/run/rollup.json: expected JSON, found '],
    ['{}', '/run/rollup.json: rollup config is not valid: genesis: '],
  ])('refuses the rollup config %j', (text, message) => {
    const attempt = () => config([], {}, { ...files, text: () => text })
    expect(attempt).toThrow(ConfigError)
    expect(attempt).toThrow(message)
  })
})

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['1m30s500ms', 90_500],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text, '--x')).toBe(ms)
  })

  it.each(['', '5', 's', '-1s', '1 s', '1d', '1s garbage', '1..5s', 'ms500'])('refuses %j', (text) => {
    expect(() => parseDuration(text, '--x')).toThrow(/^--x: expected a duration/)
  })
})

describe('secrets', () => {
  it.each([`0x${'ab'.repeat(32)}`, 'AB'.repeat(32), `  ${'ab'.repeat(32)}\n`])('reads %j', (text) => {
    expect(parseSecret(text, 'x')).toEqual(new Uint8Array(32).fill(0xab))
  })

  it.each([
    ['', 'nothing'],
    ['ab'.repeat(31), '62 hex digits'],
    [`0x${'ab'.repeat(33)}`, '66 hex digits'],
    [`${'ab'.repeat(31)}zz`, '64 characters that are not all hex'],
  ])('refuses %j and does not repeat it', (text, found) => {
    const message = `x: expected 32 bytes as 64 hex digits, found ${found}`
    expect(() => parseSecret(text, 'x')).toThrow(new ConfigError(message))
  })
})
