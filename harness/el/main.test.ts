import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestChain } from './testing/test-el.ts'

// Each test starts the program.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
let directory: string
let required: string[]
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-el-'))
  const [genesis, secret] = [join(directory, 'genesis.json'), join(directory, 'jwt.hex')]
  writeFileSync(genesis, JSON.stringify((await createTestChain()).genesisJson))
  writeFileSync(secret, '42'.repeat(32), { mode: 0o600 })
  required = ['--genesis', genesis, '--authrpc.jwtsecret', secret]
})
afterAll(() => rmSync(directory, { recursive: true }))

const run = (...argv: string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, 'el', ...argv], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    )
  })
const freePorts = ['--authrpc.port', '0', '--http.port', '0', '--port', '0', '--log.format', 'json']

describe('lockstep el', () => {
  it('runs until SIGTERM and exits with 0, saying where it listens and who can read its secret', async () => {
    const exposed = join(directory, 'exposed.hex')
    writeFileSync(exposed, '42'.repeat(32), { mode: 0o644 })
    const child = spawn(process.execPath, [program, 'el', ...required.with(-1, exposed), ...freePorts])
    const exit = new Promise((resolve) => child.once('exit', resolve))
    const messages: string[] = []
    for await (const line of createInterface(child.stderr)) {
      const entry = JSON.parse(line) as { msg: string; http?: string }
      messages.push(entry.msg)
      if (entry.msg !== 'engine runs') continue
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
      const answer = await fetch(entry.http as string, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect(await answer.json()).toMatchObject({ result: '0x0' })
      child.kill('SIGTERM')
    }
    expect(await exit).toBe(0)
    const warning = 'every user of this machine can read the secret: expected mode 0600'
    expect(messages).toEqual([warning, 'engine runs', 'stopping', 'stopped'])
  })

  // An error of each kind that no code waits for, at a moment that the test picks.
  it.each([
    ['a promise that nothing waits for', 'Promise.reject(new Error("boom"))'],
    ['an exception out of a callback', 'throw new Error("boom")'],
  ])('tells of %s, stops in order and exits with 1', async (_name, fault) => {
    const preload = `data:text/javascript,process.on("SIGUSR2",()=>{${encodeURIComponent(fault)}})`
    const child = spawn(process.execPath, ['--import', preload, program, 'el', ...required, ...freePorts])
    const exit = new Promise((resolve) => child.once('exit', resolve))
    const lines: string[] = []
    for await (const line of createInterface(child.stderr)) {
      lines.push(line)
      if (line.includes('"engine runs"')) child.kill('SIGUSR2')
      // The old way: it is logged, and the engine goes on.
      if (line.includes('"unhandled rejection"')) child.kill('SIGKILL')
    }
    expect(await exit).toBe(1)
    const messages = lines.slice(0, -1).map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(messages).toEqual(['engine runs', 'stopping: an error that nothing handled', 'stopped'])
    expect(lines[1]).toContain('boom')
    expect(lines.at(-1)).toMatch(/^lockstep el: Error: boom/)
  })

  it('ends with one clear line, and code 2 for a command line that is wrong or 1 when it cannot start', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const cases: readonly [readonly string[], RegExp, number][] = [
      [['--genesis', '/nowhere', ...required.slice(2)], /genesis .*cannot read \/nowhere/, 2],
      [
        [...required.slice(0, 2), '--authrpc.jwtsecret', required[1] as string],
        /JWT secret .*expected 32 bytes/,
        2,
      ],
      [
        [...required, '--http.ports', '1'],
        /unknown flag --http.ports; the nearest known flag is --http.port$/,
        2,
      ],
      [
        [...required, ...freePorts, '--addr', '127.0.0.1', '--bootnodes', 'x'],
        /--bootnodes: expected a peer address/,
        2,
      ],
      [
        [...required, '--authrpc.port', '0', '--port', '0', '--http.port', `${port}`],
        /public RPC: .* found it in use/,
        1,
      ],
    ]
    const results = await Promise.all(cases.map(([argv]) => run(...argv)))
    taken.close()
    for (const [index, { code, stderr }] of results.entries()) {
      const lines = stderr.trimEnd().split('\n')
      expect(lines.at(-1)).toMatch(/^lockstep el: /)
      expect(lines.at(-1)).toMatch(cases[index]?.[1] as RegExp)
      expect([code, lines.length]).toEqual([cases[index]?.[2], 1])
    }
  })
})
