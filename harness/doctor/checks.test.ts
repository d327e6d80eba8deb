import { describe, expect, it } from 'vitest'
import { checkMachine } from './checks.ts'
import { doctorText } from './doctor-text.ts'
import type { Machine } from './machine.ts'

const gib = 1024 ** 3
const well: Machine = {
  ...{ platform: 'linux', nodeVersion: '24.21.0', cores: 4 },
  memoryBytes: () => 8 * gib,
  openFilesMax: () => 4_096,
  freeBytes: () => 50 * gib,
  writeTo: () => {},
  listen: async () => {},
  clockDriftMs: async () => 0.3,
  load: async () => {},
  anvilVersion: async () => '1.7.1',
  anvilReorg: async () => {},
  docker: async () => '28.0.1',
  program: ({ executable }) => `/usr/bin/${executable}`,
}
const check = (change: Partial<Machine> = {}) =>
  checkMachine(
    { ...well, ...change },
    {
      directory: '/home/me/.lockstep/runs',
      anvilVersion: '1.7.1',
      clients: [{ kind: 'op-node', executable: 'op-node' }],
    },
  )
const fails = (message: string) => async () => {
  throw new Error(message)
}

describe('checkMachine', () => {
  it('finds a good machine good', async () => {
    expect((await check()).map(({ state, remedy }) => [state, remedy])).toEqual(
      Array.from({ length: 14 }, () => ['ok', null]),
    )
  })

  it.each<{ name: string; change: Partial<Machine>; state: string; found: string; remedy: string }>([
    { name: 'system', change: { platform: 'darwin' }, state: 'warning', found: 'darwin', remedy: 'on Linux' },
    {
      name: 'Node.js',
      change: { nodeVersion: '20.1.0' },
      state: 'error',
      found: '20.1.0',
      remedy: 'npx lockstep',
    },
    {
      ...{ name: 'native libraries', change: { load: fails('wrong ELF class') }, state: 'error' },
      ...{ found: 'lmdb does not load: wrong ELF class', remedy: 'install scripts' },
    },
    {
      name: 'anvil',
      change: { anvilVersion: fails('ENOENT') },
      state: 'error',
      found: 'ENOENT',
      remedy: 'npm ci',
    },
    {
      name: 'anvil',
      change: { anvilVersion: async () => '1.9.0' },
      state: 'warning',
      found: '1.7.1 is pinned',
      remedy: 'npm ci',
    },
    {
      name: 'anvil reorgs',
      change: { anvilReorg: fails('found 0x1 again') },
      state: 'error',
      found: '0x1',
      remedy: 'pins',
    },
    {
      name: 'ports',
      change: { listen: fails('EADDRINUSE') },
      state: 'error',
      found: 'EADDRINUSE',
      remedy: 'port_range',
    },
    {
      name: 'open files',
      change: { openFilesMax: () => 256 },
      state: 'error',
      found: '256',
      remedy: 'ulimit -n 1024',
    },
    {
      name: 'memory',
      change: { memoryBytes: () => 1.5 * gib },
      state: 'warning',
      found: '1.5 GiB',
      remedy: 'workers',
    },
    {
      name: 'memory',
      change: { memoryBytes: () => gib / 2 },
      state: 'error',
      found: '0.5 GiB',
      remedy: 'workers',
    },
    { name: 'cores', change: { cores: 1 }, state: 'warning', found: '1', remedy: 'with 2' },
    {
      ...{ name: 'runs directory', state: 'error', found: 'EACCES', remedy: 'LOCKSTEP_DIRECTORY' },
      change: {
        writeTo: () => {
          throw new Error('EACCES')
        },
      },
    },
    {
      name: 'disk',
      change: { freeBytes: () => gib },
      state: 'warning',
      found: '1.0 GiB free',
      remedy: '--keep 2',
    },
    {
      name: 'disk',
      change: { freeBytes: () => 0 },
      state: 'error',
      found: '0.0 GiB free',
      remedy: '--keep 2',
    },
    {
      name: 'clock',
      change: { clockDriftMs: async () => -400 },
      state: 'warning',
      found: '400 ms',
      remedy: 'set the time',
    },
    {
      name: 'Docker',
      change: { docker: fails('no engine; start one') },
      state: 'absent',
      found: 'no engine',
      remedy: 'DOCKER_HOST',
    },
    { name: 'op-node', change: { program: () => null }, state: 'absent', found: 'PATH', remedy: '--cl-bin' },
  ])('$name: $state with a remedy for $found', async ({ name, change, state, found, remedy }) => {
    const findings = await check(change)
    expect(findings.filter((finding) => finding.state !== 'ok')).toEqual([
      { name, state, found: expect.stringContaining(found), remedy: expect.stringContaining(remedy) },
    ])
  })
})

describe('doctorText', () => {
  it('reads at 80 columns, with what to do below what was found', async () => {
    const text = doctorText(await check({ openFilesMax: () => 256, cores: 1 }), {
      columns: 80,
      colour: false,
    })
    expect(text).toContain('✗ open files: up to 256 for each process\n    → allow 1024: ulimit -n 1024\n')
    expect(text).toMatch(/\n1 to mend before anything runs, 1 to look at\n$/)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})
