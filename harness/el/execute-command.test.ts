import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../node/config/forks.ts'
import { attributesToJson } from '../../node/protocol/payload-json.ts'
import { formatReport } from './execute-command.ts'
import { createMemoryStore } from './execution/memory-store.ts'
import { contractAlloc } from './execution/testing/contracts.ts'
import { alice, bob, sign, TestChain } from './execution/testing/test-chain.ts'
import type { StateStore } from './execution/types.ts'

const main = fileURLToPath(new URL('../cli/run.ts', import.meta.url))
const run = async (file: string) => {
  const script = `import(${JSON.stringify(main)}).then(({ run }) => run(['el', 'execute', ${JSON.stringify(file)}])).then((code) => process.exit(code))`
  const { stdout, stderr, code } = await promisify(execFile)(process.execPath, ['-e', script]).then(
    (output) => ({ ...output, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  )
  return { stdout, stderr, code }
}

/** A block of our own, with every node that was read for it as its witness. */
async function makeFixture(): Promise<Record<string, unknown>> {
  const inner = createMemoryStore()
  const preimages: Record<string, string> = {}
  const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`
  const keep = (hash: string, bytes: Uint8Array | undefined) => {
    if (bytes !== undefined) preimages[hash] = hex(bytes)
    return bytes
  }
  const store: StateStore = {
    node: (hash) => keep(hash, inner.node(hash)),
    code: (hash) => keep(hash, inner.code(hash)),
    write: (batch) => inner.write(batch),
  }
  const forks = forksActiveFrom('isthmus')
  const chain = await TestChain.start({ forks, alloc: contractAlloc, store })
  const parent = chain.head.header
  const raw = await sign(alice, { nonce: 0, to: bob.address, value: 7n })
  const attributes = chain.attributes([raw])
  const block = await chain.next([raw])
  const { feeRecipient, prevRandao, ...header } = parent
  const json = Object.fromEntries(
    Object.entries({ ...header, miner: feeRecipient, mixHash: prevRandao }).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
    ]),
  )
  const times = Object.fromEntries(Object.keys(forks).map((name) => [`${name}_time`, 0]))
  return {
    rollup_config: {
      genesis: {
        l1: { hash: block.hash, number: 0 },
        l2: { hash: block.hash, number: 0 },
        l2_time: 0,
        system_config: {
          batcherAddr: bob.address,
          overhead: block.hash,
          scalar: block.hash,
          gasLimit: 30_000_000,
        },
      },
      block_time: 2,
      max_sequencer_drift: 600,
      seq_window_size: 3600,
      channel_timeout: 300,
      l1_chain_id: 1,
      l2_chain_id: 901,
      ...times,
      batch_inbox_address: bob.address,
      deposit_contract_address: bob.address,
      l1_system_config_address: bob.address,
      chain_op_config: { eip1559Elasticity: 6, eip1559Denominator: 50, eip1559DenominatorCanyon: 250 },
    },
    parent_header: json,
    executing_payload: attributesToJson(attributes),
    expected_block_hash: block.hash,
    preimages,
  }
}

describe('lockstep el execute', () => {
  let folder: string
  let fixture: Record<string, unknown>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-execute-'))
    fixture = await makeFixture()
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function write(name: string, content: unknown): Promise<string> {
    const path = join(folder, name)
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text)
    return path
  }

  it('prints the block and ends with 0 when the hash is right', async () => {
    const { stdout, code } = await run(await write('good.json.gz', fixture))
    expect(stdout).toMatch(
      /block +1\n.*transactions +2\n.*gas used +\d+\n.*time .*\nhash +0x[0-9a-f]{64}\nas expected\n$/s,
    )
    expect(code).toBe(0)
  }, 20_000)

  it('ends with 1 when it is another', async () => {
    const { stdout, code } = await run(
      await write('other.json', { ...fixture, expected_block_hash: `0x${'00'.repeat(32)}` }),
    )
    expect(stdout).toContain(`expected      0x${'00'.repeat(32)}`)
    expect(code).toBe(1)
  }, 20_000)

  it.each<[string, () => Promise<string>, string, number]>([
    ['no file', async () => join(folder, 'absent.json'), 'expected a readable file', 2],
    ['no JSON', () => write('text.json', 'hello'), 'expected JSON', 2],
    ['another format', () => write('format.json', { rollup_config: {} }), 'parent_header', 2],
    [
      'a preimage of another hash',
      () => write('preimage.json', { ...fixture, preimages: { [`0x${'00'.repeat(32)}`]: '0x00' } }),
      'has the hash',
      2,
    ],
    [
      'a witness that lacks a node',
      () => write('witness.json', { ...fixture, preimages: {} }),
      'expected the state of block',
      1,
    ],
  ])(
    'says in one line what is wrong: %s',
    async (_case, make, message, expected) => {
      const { stderr, code } = await run(await make())
      expect(stderr).toContain('lockstep el execute: ')
      expect(stderr).toContain(message)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(code).toBe(expected)
    },
    20_000,
  )
})

describe('formatReport', () => {
  it('has one value a line', () => {
    const hash = `0x${'ab'.repeat(32)}` as const
    const report = {
      number: 5n,
      gasUsed: 21_000_000n,
      transactions: 2,
      milliseconds: 1000,
      hash,
      expectedHash: hash,
    }
    expect(formatReport(report).split('\n')).toEqual([
      'block         5',
      'transactions  2',
      'gas used      21000000',
      'time          1000 ms (21.0 Mgas/s)',
      `hash          ${hash}`,
      'as expected',
    ])
  })
})
