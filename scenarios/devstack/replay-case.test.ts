import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, it, onTestFinished } from 'vitest'

const launcher = fileURLToPath(new URL('../../harness/cli/lockstep.mjs', import.meta.url))
const compileCache = resolve('.lockstep/compile-cache')

/** A sequencer that derives and its follower, which does not reach it for a moment while L1 replaces a block. */
const short = {
  ...{ format: 'lockstep-case', version: 1, name: 'short', what: 'as short as a case is', seed: '7' },
  topology: {
    cls: {
      sequencer: { el: 'sequencer-el', sequencer: { l1Confirmations: 0 } },
      follower: { el: 'follower-el', follows: 'sequencer' },
    },
    els: { 'sequencer-el': { datadir: true }, 'follower-el': { datadir: true } },
    batcher: { sequencer: 'sequencer' },
    gossip: [['sequencer', 'follower']],
    elPeers: [['sequencer-el', 'follower-el']],
  },
  parameters: { l1BlockTime: 1, l2BlockTime: 1, seqWindowSize: 50 },
  ...{ engine: 'model', roughNetwork: true, stopped: [], faultsMs: 6_000, violates: null },
  convergeMs: 90_000,
  deeds: [
    { kind: 'fault', atMs: 1_000, forMs: 3_000, point: 'follower→sequencer', fault: { fault: 'refuse' } },
    { kind: 'l1-reorg', atMs: 3_000, depth: 1, to: 'longer', transactions: 'return' },
  ],
}

async function replay(one: typeof short, ...flags: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-replay-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'case.json')
  writeFileSync(file, JSON.stringify(one))
  const result = await execa(
    process.execPath,
    [launcher, 'replay', file, '--world', 'live', '--json', ...flags],
    {
      env: { LOCKSTEP_DIRECTORY: join(directory, '.lockstep'), NODE_COMPILE_CACHE: compileCache },
      cwd: directory,
      reject: false,
    },
  )
  return { ...result, directory }
}

it('a case runs again with real programs, its deeds at their times, and is judged as in virtual time', async () => {
  const { exitCode, stdout, stderr, directory } = await replay(short)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('live without latency and loss that come from the seed, and the model engine')
  const outcome: { violation: null; hits: number; marks: string[]; artefacts: string } = JSON.parse(stdout)
  expect(outcome).toMatchObject({ violation: null })
  expect(outcome.hits).toBeGreaterThan(0)
  const events = readFileSync(join(directory, outcome.artefacts, 'timeline.ndjson'), 'utf8').split('\n')
  const kinds = events.filter((line) => line !== '').map((line) => JSON.parse(line).kind)
  expect(kinds).toEqual(expect.arrayContaining(['l1-reorg', 'fault', 'end']))
}, 180_000)

it('what does not converge there is told with the reason, where the files are, and exit code 1', async () => {
  const never = { ...short, convergeMs: 1 }
  const { exitCode, stdout, stderr } = await replay(never)
  expect(exitCode, stderr).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ violation: { reason: 'convergence' } })
}, 180_000)

it('a client that is not there is refused before anything starts', async () => {
  const { exitCode, stderr } = await replay(short, '--cl', 'follower=nobodys-node')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('nobodys-node')
})
