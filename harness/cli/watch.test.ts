import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { type ServedNode, serveBlocks, serveNode, trunk } from '../incidents/testing/served-chains.ts'
import { watch } from './watch.ts'

let directory: string
const open: JsonRpcServer[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-watch-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
  rmSync(directory, { recursive: true, force: true })
})

const healthy: ServedNode = {
  ...{ chain: trunk, l1: trunk, unsafe: 20, safe: 18, finalized: 10, currentL1: 12 },
}

async function run(follower: Partial<ServedNode>, flags: readonly string[]) {
  const source = await serveNode({ ...healthy })
  const following = await serveNode({ ...healthy, ...follower })
  const l1 = await serveBlocks('l1', trunk, () => 12)
  open.push(source, following, l1)
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  try {
    const code = await watch([
      ...['--follower', following.url, '--source', `reference=${source.url}`, '--l1', l1.url],
      ...[
        '--out',
        join(directory, 'out'),
        '--l2-block-time',
        '1',
        '--l1-block-time',
        '2',
        '--json',
        ...flags,
      ],
    ])
    return {
      code,
      lines: written
        .join('')
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    }
  } finally {
    write.mockRestore()
  }
}

describe('lockstep watch', () => {
  it('ends with 0 when nothing was violated, and leaves a recording', async () => {
    const { code, lines } = await run({}, ['--for', '1s'])
    expect(code).toBe(0)
    expect(lines).toEqual([expect.objectContaining({ kind: 'end', outcome: 'held', violations: 0 })])
    expect(existsSync(join(directory, 'out', 'timeline.ndjson'))).toBe(true)
  })

  it('ends with 1 at a violation, and says who violates what', async () => {
    const { code, lines } = await run({ unsafe: 17 }, ['--for', '1s', '--first'])
    expect(code).toBe(1)
    expect(lines[0]).toMatchObject({ kind: 'violation', rule: 'heads-ordered', node: 'follower' })
    expect(lines.at(-1)).toMatchObject({ kind: 'end', outcome: 'violated', violations: 1 })
  })

  it('ends with 3 when nobody told a head', async () => {
    const l1 = await serveBlocks('l1', trunk, () => 12)
    open.push(l1)
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
    try {
      const flags = [
        '--follower',
        l1.url,
        '--source',
        l1.url,
        '--out',
        join(directory, 'out'),
        '--for',
        '300ms',
      ]
      expect(await watch(flags)).toBe(3)
    } finally {
      write.mockRestore()
    }
  })

  it.each([
    [['--source', 'http://127.0.0.1:1', '--out', 'x'], /^--follower is missing; see lockstep watch --help$/],
    [
      ['--follower', 'http://127.0.0.1:1', '--source', 'http://127.0.0.1:1', '--out', 'x', '--for', 'long'],
      /--for: expected a duration/,
    ],
    [
      ['--follower', 'a=http://127.0.0.1:1', '--source', 'a=http://127.0.0.1:2', '--out', 'x'],
      /expected different names/,
    ],
  ])('%j is refused', async (flags, message) => {
    await expect(watch(flags)).rejects.toThrow(message)
  })
})
