import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rollupConfigToJson } from './config/rollup-config.ts'
import { testRollupConfig } from './network/testing/blocks.ts'
import { type StubServers, startStubServers, stubL1Genesis, stubL2Genesis } from './testing/stub-servers.ts'

const base = testRollupConfig('isthmus')
const l1 = { hash: stubL1Genesis().hash, number: 0n }
const l2 = { hash: stubL2Genesis().hash, number: 0n }
const rollup = { ...base, genesis: { ...base.genesis, l1, l2 } }

const directory = mkdtempSync(join(tmpdir(), 'lockstep-main-'))
const rollupPath = join(directory, 'rollup.json')
const jwtPath = join(directory, 'jwt.hex')
let world: StubServers

beforeAll(async () => {
  writeFileSync(rollupPath, JSON.stringify(rollupConfigToJson(rollup)))
  writeFileSync(jwtPath, '00'.repeat(32))
  world = await startStubServers(rollup)
})
afterAll(async () => {
  await world.close()
  rmSync(directory, { recursive: true })
})

/** The program as the `lockstep` command runs it, in a process of its own. */
function start(args: readonly string[], { preload }: { readonly preload?: string } = {}) {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const code = `(await import(${JSON.stringify(main)})).runNode(process.argv.slice(1))`
  return execa(
    process.execPath,
    [
      ...(preload === undefined ? [] : ['--import', preload]),
      '--input-type=module',
      '-e',
      code,
      '--',
      ...args,
    ],
    { reject: false, timeout: 60_000 },
  )
}

const flags = () => [
  ...[
    '--l1',
    world.l1.url,
    '--l2',
    world.engine.url,
    '--l2.jwt-secret',
    jwtPath,
    '--rollup.config',
    rollupPath,
  ],
  ...['--l1.beacon.ignore', '--rpc.port', '0', '--p2p.disable', '--log.format', 'json'],
]

// Whole processes on a machine that may be busy: a generous limit that only a hang reaches.
describe('the process', { timeout: 60_000 }, () => {
  it('ends with one line on stderr and code 2 for a bad flag', async () => {
    const { exitCode, stderr, stdout } = await start(['--rpc.prot', '1'])
    expect(stderr).toBe('lockstep node: unknown flag --rpc.prot; the nearest known flag is --rpc.port')
    expect([exitCode, stdout]).toEqual([2, ''])
  })

  it('prints its help on stdout', async () => {
    const { exitCode, stderr, stdout } = await start(['--l1', 'x', '--help'])
    expect(stdout).toContain('LOCKSTEP_NODE_L2_FOLLOW_SOURCE')
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  // An error of each kind that no code waits for, at a moment that the test picks.
  it.each([
    ['a promise that nothing waits for', 'Promise.reject(new Error("boom"))'],
    ['an exception out of a callback', 'throw new Error("boom")'],
  ])('tells of %s, stops in order and ends with 1', async (_, fault) => {
    const preload = `data:text/javascript,process.on("SIGUSR2",()=>{${encodeURIComponent(fault)}})`
    const child = start(flags(), { preload })
    const lines: string[] = []
    for await (const line of child.iterable({ from: 'stderr' })) {
      lines.push(line)
      if (line.includes('"node starts"')) child.kill('SIGUSR2')
    }
    expect((await child).exitCode).toBe(1)
    const told = lines.findIndex((line) => line.includes('"stopping: an error that nothing handled"'))
    expect(lines[told]).toMatch(/"error":"boom".*"stack":"Error: boom/)
    expect(lines.at(-2)).toContain('"stopped"')
    expect(lines.at(-1)).toBe('lockstep node: boom')
  })

  it('stops cleanly on SIGTERM, with machine-readable logs', async () => {
    const child = start(flags())
    const lines: Record<string, unknown>[] = []
    for await (const line of child.iterable({ from: 'stderr' })) {
      const record = JSON.parse(line) as Record<string, unknown>
      lines.push(record)
      if (record['msg'] === 'node starts') child.kill('SIGTERM')
    }
    expect((await child).exitCode).toBe(0)
    expect(lines.map((line) => line['msg'])).toEqual(
      expect.arrayContaining(['node starts', 'stopping', 'stopped']),
    )
    expect(lines.at(-1)).toMatchObject({ level: 'info', msg: 'stopped' })
  })

  /** What each loads until it has started, as paths from the repository. */
  async function loadedBy(name: string, args: readonly string[]): Promise<string[]> {
    const path = join(directory, `${name}.txt`)
    const hook = `import { registerHooks } from 'node:module'
      import { writeFileSync } from 'node:fs'
      const urls = []
      registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
      process.on('exit', () => writeFileSync(${JSON.stringify(path)}, urls.join(' ')))`
    const child = start(args, { preload: `data:text/javascript,${encodeURIComponent(hook)}` })
    for await (const line of child.iterable({ from: 'stderr' }))
      if (line.includes('"node starts"')) child.kill('SIGTERM')
    expect((await child).exitCode).toBe(0)
    const root = new URL('..', import.meta.url).href
    return readFileSync(path, 'utf8')
      .split(' ')
      .map((url) => url.replace(root, ''))
  }

  it('loads what its mode needs, and nothing of the other', async () => {
    const derivesOnly = [
      ...['node/derivation/pipeline/pipeline.ts', 'node/derivation/local.ts', 'node/adapters/zlib/'],
      ...['node/adapters/beacon/', 'node/adapters/kzg/', 'node_modules/tiny-secp256k1/'],
    ]
    const followsOnly = ['node/follow/delegated.ts', 'node/follow/tracker.ts', 'node/adapters/follow-source/']
    const unasked = [
      ...['node/adapters/discovery/', 'node/adapters/libp2p/', 'node/adapters/metrics/prometheus-metrics.ts'],
      ...['node_modules/@chainsafe/discv5/', 'node_modules/libp2p/', 'node_modules/prom-client/'],
      ...['node_modules/@crate-crypto/node-eth-kzg/', 'node_modules/lmdb/', 'node_modules/viem/'],
    ]
    const found = (loaded: readonly string[], paths: readonly string[]) =>
      paths.filter((path) => loaded.some((url) => url.startsWith(path)))

    const deriving = await loadedBy('deriving', flags())
    expect(found(deriving, derivesOnly)).toEqual(derivesOnly)
    expect(found(deriving, [...followsOnly, ...unasked])).toEqual([])

    const following = await loadedBy('following', [...flags(), '--l2.follow.source', 'http://127.0.0.1:1'])
    expect(found(following, followsOnly)).toEqual(followsOnly)
    expect(found(following, [...derivesOnly, ...unasked])).toEqual([])
  })
})
