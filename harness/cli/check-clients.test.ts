import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { slotsOf } from '../dsl/scenario-record.ts'
import { twoSequencers, twoVerifiersFollowing } from '../topologies.ts'
import { checkClients, type Slots } from './check-clients.ts'
import { applyClientFlags } from './client-arguments.ts'

const deep: Slots = { name: 'Deep', ...slotsOf(twoVerifiersFollowing) }
const twin: Slots = { name: 'Twin', ...slotsOf(twoSequencers) }

let directory: string
let program: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-clients-'))
  program = join(directory, 'op-node')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
})
afterAll(() => rmSync(directory, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

interface Given {
  readonly cl?: readonly string[]
  readonly el?: readonly string[]
  readonly at?: readonly string[]
  readonly clBin?: readonly string[]
  readonly elBin?: readonly string[]
}

async function check({ cl = [], el = [], at = [], clBin = [], elBin = [] }: Given, all = [deep, twin]) {
  vi.stubEnv('PATH', '')
  using _ = applyClientFlags({ cl, el, at, bin: clBin, elBin })
  const bin = { '--cl-bin': clBin, '--el-bin': elBin }
  await checkClients(all, { flags: { cl, el, at }, bin }, { programs: true })
}

describe('clients that stand nowhere or are not here', () => {
  it.each<[string, Given, string | RegExp]>([
    [
      'a role that is misspelt',
      { cl: ['folower=lockstep-node'] },
      /^--cl: Deep has no folower; did you mean follower\? It has sequencer, reference, follower$/,
    ],
    [
      'a node that one scenario has not',
      { cl: ['second=lockstep-node'] },
      /^--cl: Deep has no second\. It has /,
    ],
    [
      'an engine that there is none of',
      { el: ['folower-el=embedded-el'] },
      /^--el: Deep has no folower-el; did you/,
    ],
    [
      'a program that is nowhere',
      { cl: ['follower=op-node'] },
      /^--cl: op-node: .*not on the PATH; give --cl-bin/,
    ],
    ['an engine that is nowhere', { el: ['op-geth'] }, /^--el: op-geth: .*not on the PATH; give --el-bin/],
    [
      'a program that is not there',
      { clBin: ['op-node=/nope'] },
      /^--cl-bin: op-node: expected an executable file, found \/nope, which is none$/,
    ],
    ['an engine that is not there', { elBin: ['op-geth=/nope'] }, /^--el-bin: op-geth: .*found \/nope/],
    [
      'a kind that nobody knows',
      { clBin: ['opnode=/nope'] },
      /^--cl-bin: unknown kind .*did you mean op-node\?/,
    ],
    [
      'an address that is no URL',
      { at: ['follower=localhost:9545'] },
      /^--cl-at: expected role=http.*localhost:9545/,
    ],
    [
      'an address of nobody',
      { at: ['folower=http://localhost:1'] },
      /^--cl-at: Deep has no folower; did you/,
    ],
    [
      'an address of two nodes',
      { at: ['sequencer=http://localhost:1'] },
      /^--cl-at: sequencer is one address, and Twin has first and second;/,
    ],
    [
      'two kinds for one node',
      { cl: ['follower=op-node', 'follower=kona-node'] },
      /^--cl: follower is given two/,
    ],
  ])('refuses %s, in one sentence that names the flag', async (_, given, said) => {
    const error: unknown = await check(given).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'UsageError', message: expect.stringMatching(said) })
  })

  it('takes a role that only some have, a program that is there, and no program for a node that runs already', async () => {
    await check({ cl: ['follower=op-node'], clBin: [`op-node=${program}`] })
    await check({ cl: ['follower=op-node'], at: ['follower=http://localhost:1'] })
    await check({ cl: ['second=lockstep-node'] }, [twin])
  })

  it('refuses a role that none has', async () => {
    await expect(check({ cl: ['follower=lockstep-node'] }, [twin])).rejects.toThrow(
      '--cl: Twin has no follower',
    )
  })

  it('names the variable when that says it', async () => {
    vi.stubEnv('LOCKSTEP_L2CL_KIND', 'follower=op-node')
    await expect(check({})).rejects.toThrow(/^LOCKSTEP_L2CL_KIND: op-node: /)
    vi.stubEnv('LOCKSTEP_OP_NODE_BIN', '/nope')
    await expect(check({})).rejects.toThrow(/^LOCKSTEP_OP_NODE_BIN: op-node: .*\/nope/)
    await expect(check({ clBin: ['op-node=/nay'] })).rejects.toThrow(/^--cl-bin: op-node: .*\/nay/)
  })

  it('names the configuration when that says it', async () => {
    vi.stubEnv('PATH', '')
    const config = { path: 'lockstep.config.ts', cl: ['follower=op-node'], el: [], bin: [] }
    using _ = applyClientFlags({ cl: config.cl, bin: [] })
    await expect(checkClients([deep], { flags: {}, bin: {}, config }, { programs: true })).rejects.toThrow(
      /^lockstep\.config\.ts: cl: op-node: /,
    )
  })
})
