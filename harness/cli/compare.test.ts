import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import {
  type ServedChain,
  type ServedNode,
  serveBlocks,
  serveNode,
  trunk,
} from '../incidents/testing/served-chains.ts'
import { compare } from './compare.ts'

const open: JsonRpcServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

const healthy = (): ServedNode => ({
  ...{ chain: trunk, l1: trunk, unsafe: 1_000, safe: 990, finalized: 900, currentL1: 500 },
})

async function run(
  nodes: { readonly follower?: Partial<ServedNode>; readonly source?: Partial<ServedNode> },
  options: { readonly els?: readonly [ServedChain, ServedChain]; readonly flags?: readonly string[] } = {},
) {
  const follower = await serveNode({ ...healthy(), ...nodes.follower })
  const source = await serveNode({ ...healthy(), ...nodes.source })
  const l1 = await serveBlocks('l1', trunk, () => 505)
  open.push(follower, source, l1)
  const els: string[] = []
  for (const [index, chain] of (options.els ?? []).entries()) {
    const el = await serveBlocks('l2', chain, () => 2_000)
    open.push(el)
    els.push(index === 0 ? '--follower-el' : '--source-el', el.url)
  }
  const written: string[] = []
  const outputs = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
  )
  try {
    const code = await compare([
      ...['--follower', follower.url, '--source', source.url, '--l1', l1.url],
      ...els,
      ...(options.flags ?? []),
    ])
    return { code, text: written.join('') }
  } finally {
    for (const output of outputs) output.mockRestore()
  }
}

describe('lockstep compare', () => {
  it('says in five lines that all is well', async () => {
    const { code, text } = await run({ follower: { unsafe: 998, safe: 980 } })
    expect(code).toBe(0)
    expect(text.trimEnd().split('\n')).toEqual([
      'chain: the same up to block 998',
      'origins: every head of both stands on L1',
      'unsafe: follower 998, source 1000, follower 2 behind',
      'local-safe: follower 980, source 990, follower 10 behind; finalized: follower 900, source 900, the same',
      'currentL1: follower 500, source 500, the same; L1 is at 505, the follower sees 500 of it, the source 500',
    ])
  })

  it.each([901, 956, 999, 1_000, 3])('finds that block %i is the first that differs', async (fork) => {
    const { code, text } = await run({ follower: { chain: { fork, salt: 'x' } } })
    expect(code).toBe(1)
    expect(text).toContain(`block ${fork} is the first that differs`)
  })

  it('asks the engines when it may, and says what is different in the block', async () => {
    const { code, text } = await run({}, { els: [{ fork: 950, salt: 'x' }, trunk] })
    expect(code).toBe(1)
    expect(text).toMatch(/block 950 is the first that differs: .*gasLimit 60 and 30/)
  })

  it('names whose origin is not on L1, and what L1 has there', async () => {
    const { code, text } = await run({ source: { l1: { fork: 490, salt: 'y' } } })
    expect(code).toBe(1)
    expect(text).toMatch(
      /origins: unsafe of the source stands on 500:0x\w+…, where L1 has 500:0x\w+… \(and \d more\)/,
    )
  })

  it('judges the lag when it is told how much may be', async () => {
    const lagging = { follower: { safe: 900 } }
    expect((await run(lagging)).code).toBe(0)
    expect((await run(lagging, { flags: ['--max-lag', '89'] })).code).toBe(1)
    expect((await run(lagging, { flags: ['--max-lag', '90'] })).code).toBe(0)
  })

  it('prints one JSON object', async () => {
    const { text } = await run({ follower: { chain: { fork: 960, salt: 'x' } } }, { flags: ['--json'] })
    expect(JSON.parse(text)).toMatchObject({ difference: { number: 960 }, l1Head: { number: 505 }, lag: 0 })
  })

  it('says who did not answer what', async () => {
    const l1 = await serveBlocks('l1', trunk, () => 5)
    open.push(l1)
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    try {
      const code = await compare(['--follower', l1.url, '--source', l1.url, '--l1', l1.url])
      expect([code, write.mock.calls.join('')]).toEqual([
        3,
        expect.stringMatching(/^(?:follower|source): optimism_syncStatus: /),
      ])
    } finally {
      write.mockRestore()
    }
  })
})
