import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type Ancestor, isCutOff, npmAncestors, readAncestor } from './npm-ancestors.ts'

const ancestor = (pid: number, parentPid: number, commandLine: string): Ancestor => ({
  pid,
  parentPid,
  startTime: String(pid * 10),
  commandLine,
})

const worlds: readonly {
  name: string
  launched?: true
  chain: readonly Ancestor[]
  found: readonly number[]
}[] = [
  {
    name: 'npx lockstep up',
    chain: [
      ancestor(30, 20, 'sh -c lockstep up'),
      ancestor(20, 10, 'npm exec lockstep up'),
      ancestor(10, 1, 'bash'),
    ],
    found: [30, 20],
  },
  {
    name: 'npm start through the launcher of an old Node.js',
    launched: true,
    chain: [
      ancestor(40, 30, '/usr/bin/node harness/cli/lockstep.mjs accept'),
      ancestor(30, 20, 'sh -c lockstep accept'),
      ancestor(20, 1, 'node /usr/lib/node_modules/npm/bin/npm-cli.js start'),
    ],
    found: [40, 30, 20],
  },
  {
    name: 'an engine of a devstack that npx started: the devstack stops it',
    chain: [
      ancestor(40, 30, 'node node_modules/.bin/lockstep up'),
      ancestor(30, 20, 'sh -c lockstep up'),
      ancestor(20, 10, 'npm exec lockstep up'),
    ],
    found: [],
  },
  {
    name: 'a shell: whoever leaves it may mean us to go on',
    chain: [ancestor(10, 1, '-bash')],
    found: [],
  },
  {
    name: 'a program that only has npm in a longer word',
    chain: [ancestor(10, 1, 'node /srv/notnpm/main.js')],
    found: [],
  },
  { name: 'nobody', chain: [], found: [] },
]

describe('npm above us', () => {
  it.each(worlds)('$name', ({ chain, launched = false, found }) => {
    const read = (pid: number) => chain.find((one) => one.pid === pid) ?? null
    expect(npmAncestors(chain[0]?.pid ?? 1, launched, read).map(({ pid }) => pid)).toEqual(found)
  })

  it('is gone when one of the chain ended, or another process has its number', () => {
    const chain = worlds[0]!.chain.slice(0, 2)
    expect(isCutOff(chain, (pid) => chain.find((one) => one.pid === pid) ?? null)).toBe(false)
    expect(isCutOff(chain, (pid) => (pid === 20 ? null : chain[0]!))).toBe(true)
    expect(isCutOff(chain, (pid) => ({ ...chain[pid === 20 ? 1 : 0]!, startTime: '7' }))).toBe(true)
  })

  it('reads a process, and not one that has ended', async () => {
    const child = spawn('sleep', ['60'])
    const seen = readAncestor(child.pid!)
    expect(seen).toMatchObject({ pid: child.pid, parentPid: process.pid, commandLine: 'sleep 60' })
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(readAncestor(child.pid!)).toBeNull()
  })
})
