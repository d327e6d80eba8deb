import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const biome = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

/** What the node must not touch: a line each. */
const forbidden = [
  'new Date()',
  'new Date(5)',
  'new Date(2026, 1)',
  'Date.now()',
  'performance.now()',
  'performance.timeOrigin',
  'AbortSignal.timeout(5)',
  'process.hrtime()',
  'process.hrtime.bigint()',
  'process.nextTick(print)',
  'setImmediate(print)',
  'setTimeout(print, 5)',
  'setInterval(print, 5)',
  'Math.random()',
  'crypto.randomUUID()',
  "fetch('http://127.0.0.1')",
  ...['crypto', 'dgram', 'fs', 'http2', 'net', 'perf_hooks', 'tls', 'worker_threads', 'zlib'].map(
    (name) => `await import('node:${name}')`,
  ),
]
const allowed = ['queueMicrotask(print)', 'print(clock.nowMs())', "await import('node:util')"]

const project = mkdtempSync(join(tmpdir(), 'lockstep-lint-'))
afterAll(() => rmSync(project, { recursive: true }))
cpSync(join(root, 'biome.json'), join(project, 'biome.json'))
cpSync(join(root, '.ci'), join(project, '.ci'), { recursive: true })

/** The lines that the lint refuses in a file at that path. */
function refused(path: string, lines: readonly string[]): readonly (string | undefined)[] {
  const file = join(project, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
  const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github']
  const { stdout } = spawnSync(biome, ['lint', ...options, path], { cwd: project, encoding: 'utf8' })
  const numbers = [...stdout.matchAll(/,line=(\d+),/g)].map(([, line]) => Number(line) - 1)
  return [...new Set(numbers)].toSorted((a, b) => a - b).map((number) => lines[number])
}

describe('the lint that keeps time, randomness and I/O behind ports', { timeout: 60_000 }, () => {
  it('refuses each way around them', () => {
    expect(refused('node/protocol/snippet.ts', forbidden)).toEqual(forbidden)
  })

  it('refuses nothing else, and nothing of an adapter', () => {
    expect(refused('node/protocol/snippet.ts', allowed)).toEqual([])
    expect(refused('node/adapters/snippet.ts', forbidden)).toEqual([])
  })
})
