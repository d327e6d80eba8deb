import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { startJsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { writeCompose } from '../compose/write-compose.ts'
import { createControlClient } from '../control/control-client.ts'
import { twoVerifiersFollowing } from '../topologies.ts'

let directory: string
let chain: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-programs-'))
  chain = await writeCompose(join(directory, 'stack.yaml'), twoVerifiersFollowing, {
    image: 'lockstep:x',
    nowMs: Date.now(),
  })
})
afterAll(() => rmSync(directory, { recursive: true }))

interface Program {
  readonly child: ChildProcess
  /** Everything that it said. */
  said(): string
  /** Resolves with what the expression finds in what it says; rejects when it ends before. */
  says(expression: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<number | null>
}

function start(...args: readonly string[]): Program {
  const child = spawn(process.execPath, [join(packageRoot, 'harness/cli/main.ts'), ...args], {
    env: { ...process.env, LOCKSTEP_BUNDLE: 'off', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const ended = once(child, 'close').then(([code]) => code as number | null)
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  return {
    child,
    said: () => text,
    says: (expression) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = expression.exec(text)
          if (found !== null) resolve(found)
        }
        child.stderr?.on('data', look)
        void ended.then((code) => reject(new Error(`ended with ${code}; it said: ${text}`)))
        look()
      }),
    ended,
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Of the Compose file's folder. */
const token = () => readFileSync(join(chain, 'control.token'), 'utf8').trim()
const control = (program: Program) =>
  program
    .says(/control API .*?url=(\S+)/)
    .then(([, url = '']) => createControlClient({ url, token: token(), timeoutMs: 10_000 }))
const controlFlags = () => ['--control.port', '0', '--control.token-file', join(chain, 'control.token')]

describe('lockstep l1', () => {
  it('mines in the slots of its genesis, serves both APIs, is driven from outside, and leaves nothing', async () => {
    const l1 = start(
      ...['l1', '--state', join(chain, 'l1-state.json'), '--rollup.config', join(chain, 'rollup.json')],
      ...['--port', '0', '--beacon.port', '0', '--anvil.port', String(await freePort())],
      ...['--block-time', '1', '--consumers', 'follower,reference', ...controlFlags()],
    )
    try {
      const [, url = '', beacon = ''] = await l1.says(/L1 runs .*?url=(\S+) beacon=(\S+)/)
      await l1.says(/l1-block .*block=2:0x/)
      const rpc = createHttpRpcClient({ url, timeoutMs: 5_000 })
      expect(BigInt((await rpc.request('eth_blockNumber', [])) as string)).toBeGreaterThanOrEqual(2n)
      const spec = await fetch(`${beacon}/eth/v1/config/spec`)
      expect(await spec.json()).toMatchObject({ data: { SECONDS_PER_SLOT: '1' } })

      const drive = await control(l1)
      expect((await drive.call('control_reorg', { depth: 1 })).orphaned).toHaveLength(1)
      // One consumer sees another L1 than the others.
      await drive.call('control_installFault', { point: 'follower→l1', fault: { fault: 'refusesLabels' } })
      const safe = (consumer: string) =>
        createHttpRpcClient({ url: `${url}/${consumer}`, timeoutMs: 5_000 }).request('eth_getBlockByNumber', [
          'safe',
          false,
        ])
      await expect(safe('follower')).rejects.toThrow('safe block not found')
      expect(await safe('reference')).toMatchObject({ number: expect.stringMatching(/^0x/) })
    } finally {
      l1.child.kill('SIGTERM')
    }
    expect(await l1.ended).toBe(0)
    expect(l1.said()).toMatch(/stopped\s*$/)
  })

  it('says that it has no state, instead of beginning another chain', async () => {
    const l1 = start('l1', '--state', '/nowhere', '--rollup.config', join(chain, 'rollup.json'))
    expect(await l1.ended).toBe(2)
    expect(l1.said()).toBe("lockstep: L1's state (--state): cannot read /nowhere: there is no such file\n")
  })
})

describe('lockstep batcher', () => {
  const flags = () => [
    ...['--l2-eth-rpc', 'http://127.0.0.1:1', '--rollup-rpc', 'http://127.0.0.1:1'],
    ...['--rollup.config', join(chain, 'rollup.json'), '--private-key-file', join(chain, 'batcher.key')],
  ]

  it('says in one line that L1 does not answer, without its key', async () => {
    const batcher = start('batcher', '--l1-eth-rpc', 'http://127.0.0.1:1', ...flags())
    expect(await batcher.ended).toBe(1)
    expect(batcher.said().trim().split('\n')).toEqual([expect.stringMatching(/ERROR ended/)])
  })

  it.each([
    [[], '--l1-eth-rpc is missing; see lockstep batcher --help'],
    [['--l1-eth-rpc', 'l1'], '--l1-eth-rpc: expected an http:// or https:// URL'],
    [
      ['--l1-eth-rpc', 'http://l1', '--data-availability-type', 'eigen'],
      '--data-availability-type: expected calldata or blobs, found "eigen"',
    ],
  ])('refuses %j', async (given, said) => {
    const batcher = start('batcher', ...given, ...flags())
    expect(await batcher.ended).toBe(2)
    expect(batcher.said()).toBe(`lockstep: ${said}\n`)
  })
})

describe('lockstep gateway', () => {
  const write = (name: string, config: unknown) => {
    const path = join(directory, name)
    writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config))
    return path
  }

  it('leads a consumer to its provider, breaks that by a fault, and leaves nothing', async () => {
    const methods = new Map([['optimism_syncStatus', () => 'here']])
    const provider = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods })
    const config = write('gateways.json', {
      links: [{ name: 'follower→reference', listen: 0, target: provider.url }],
      peers: [],
    })
    const gateway = start('gateway', '--config', config, ...controlFlags())
    try {
      const [, url = ''] = await gateway.says(/follower→reference .*?url=(\S+)/)
      const consumer = createHttpRpcClient({ url, timeoutMs: 5_000 })
      expect(await consumer.request('optimism_syncStatus', [])).toBe('here')
      const drive = await control(gateway)
      const fault = { fault: 'status', code: 503 }
      const { id } = await drive.call('control_installFault', { point: '*→reference', fault })
      await expect(consumer.request('optimism_syncStatus', [])).rejects.toThrow('503')
      expect(await drive.call('control_faults')).toEqual([expect.objectContaining({ id, hits: 1 })])
      await drive.call('control_removeFault', { id })
      expect(await consumer.request('optimism_syncStatus', [])).toBe('here')
      await gateway.says(/fault removed/)
      // Whoever does not know the token drives nothing.
      await expect(
        createControlClient({
          url: (await gateway.says(/control API .*?url=(\S+)/))[1] ?? '',
          token: 'x',
        }).call('control_faults'),
      ).rejects.toThrow('401')
    } finally {
      gateway.child.kill('SIGTERM')
      await provider.close()
    }
    expect(await gateway.ended).toBe(0)
    expect(gateway.said()).toMatch(/stopped\s*$/)
  })

  it.each([
    ['{', 'connections (--config): PATH: '],
    [{ links: [], peers: [], more: 1 }, 'Unrecognized key: "more"'],
    [{ links: [{ name: 'a', listen: 1, target: 'http://b' }], peers: [] }, 'expected consumer→provider'],
    [{ links: [{ name: 'a→b', listen: 1, target: 'file:///b' }], peers: [] }, 'expected an http:// URL'],
  ])('refuses %j', async (config, said) => {
    const path = write('wrong.json', config)
    const gateway = start('gateway', '--config', path)
    expect(await gateway.ended).toBe(2)
    expect(gateway.said()).toContain(said.replace('PATH', path))
  })

  it('says that a port is taken, and leaves none of its own', async () => {
    const taken = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods: new Map() })
    const at = Number(new URL(taken.url).port)
    const link = { name: 'a→b', target: 'http://127.0.0.1:1' }
    const config = write('taken.json', {
      links: [
        { ...link, listen: 0 },
        { ...link, name: 'c→b', listen: at },
      ],
      peers: [],
    })
    const gateway = start('gateway', '--config', config)
    expect(await gateway.ended).toBe(1)
    expect(gateway.said()).toContain('EADDRINUSE')
    await taken.close()
  })
})
