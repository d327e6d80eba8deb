import { describe, expect, it } from 'vitest'
import type { ClClient, Launch } from './client.ts'
import { konaNode } from './kona-node.ts'
import { lockstepNode } from './lockstep-node.ts'
import { opGeth } from './op-geth.ts'
import { opNode } from './op-node.ts'
import { programCl, programEl } from './program.ts'
import { builtInClients } from './registry.ts'
import { clSettings, elSettings, sequencerSettings } from './testing/settings.ts'

/** The value behind a flag; undefined when it is not given. */
function flagOf({ args }: Launch, flag: string): string | undefined {
  const at = args.indexOf(flag)
  return at >= 0 ? args[at + 1] : args.find((one) => one.startsWith(`${flag}=`))?.slice(flag.length + 1)
}

const consensus = builtInClients.filter((client): client is ClClient => client.slot === 'cl')

describe('the clock of a client', () => {
  it('is another one of those that say that they take it, and of no other', () => {
    for (const client of consensus) {
      const launch = client.launch({ ...clSettings, clockOffsetMs: -20_000 }, ['it'])
      const told = [...launch.args, ...Object.values(launch.env)].some((one) => one.includes('-20000'))
      expect([client.kind, told]).toEqual([client.kind, client.capabilities.has('clock-offset')])
    }
    expect(lockstepNode.launch(clSettings, ['it']).args.join(' ')).not.toContain('clock')
  })
})

describe('every consensus client', () => {
  it.each(consensus.map((client) => [client.kind, client] as const))(
    '%s is told its engine, its L1, its source and its port',
    (_, client) => {
      const launch = client.launch(clSettings, ['/bin/it', 'first'])
      expect(launch.command).toBe('/bin/it')
      expect(launch.args[0]).toBe('first')
      for (const value of [
        clSettings.engineUrl,
        clSettings.jwtPath,
        clSettings.l1Url,
        clSettings.l1BeaconUrl,
        clSettings.rollupPath,
        clSettings.followSourceUrl,
        clSettings.p2p.identityKeyPath,
        String(clSettings.rpcPort),
      ])
        expect(launch.args).toContain(value)
      // A flag that is told nothing would take the next one for its value.
      expect(launch.args).not.toContain('')
      expect(launch.args).not.toContain('null')
      expect(launch.args).not.toContain('undefined')
    },
  )

  it.each(consensus.map((client) => [client.kind, client] as const))(
    '%s derives, builds and signs when it is the sequencer',
    (_, client) => {
      const launch = client.launch(sequencerSettings, ['it'])
      expect(launch.args).not.toContain('--l2.follow.source')
      expect(launch.args).toContain('--sequencer.stopped')
      const key = flagOf(launch, '--p2p.sequencer.key.path')
      // op-node knows no file, and a key is not for a command line.
      if (client.kind === 'op-node') {
        expect(key).toBeUndefined()
        expect(launch.env['OP_NODE_P2P_SEQUENCER_KEY']).toBe(sequencerSettings.sequencer?.signerKey)
      } else expect(key).toBe('/run/signer.key')
      expect(launch.args.join(' ')).not.toContain('11'.repeat(32))
    },
  )
})

describe('op-node', () => {
  it('follows with execution-layer sync, and derives as it was told', () => {
    expect(flagOf(opNode.launch(clSettings, ['op-node']), '--syncmode')).toBe('execution-layer')
    expect(flagOf(opNode.launch(sequencerSettings, ['op-node']), '--syncmode')).toBeUndefined()
    const offset = opNode.launch({ ...clSettings, elSync: { offsetSeconds: 4 } }, ['op-node'])
    expect(flagOf(offset, '--syncmode.offset-el-safe')).toBe('4s')
  })

  it('is started when its engine answers, and meets nobody outside', () => {
    expect(opNode.startsAfter).toEqual(['engine'])
    const { args } = opNode.launch(clSettings, ['op-node'])
    expect(args).toContain('--p2p.no-discovery')
    expect(args).toContain('--p2p.bootnodes=')
    expect(args).toContain('--p2p.sync.req-resp=false')
  })
})

describe('kona-node', () => {
  it('has its peers told after the start, and no flag for them', () => {
    expect(konaNode.peering).toBe('connect')
    expect(konaNode.launch(clSettings, ['kona-node']).args.join(' ')).not.toContain('/p2p/a')
  })

  it('says how rarely it looks', () => {
    expect(konaNode.polls).toEqual({ l1HeadMs: 4_000, l1FinalizedMs: 60_000, followSourceMs: 4_000 })
  })
})

describe('op-geth', () => {
  it('is given its genesis before its first start', () => {
    expect(opGeth.prepare?.(elSettings, ['geth'])).toEqual([
      { command: 'geth', args: ['init', '--datadir', elSettings.dataPath, elSettings.genesisPath], env: {} },
    ])
  })
})

describe('a program of the user', () => {
  it('has every value in its environment too, and none that does not apply', () => {
    const { env } = programCl.launch(clSettings, ['node'])
    expect(env).toMatchObject({
      LOCKSTEP_CL_NAME: 'follower',
      LOCKSTEP_CL_ENGINE_RPC: 'http://127.0.0.1:3',
      LOCKSTEP_CL_FOLLOW_SOURCE: 'http://127.0.0.1:4',
      LOCKSTEP_CL_P2P_STATIC: '/ip4/127.0.0.1/tcp/8/p2p/a,/ip4/127.0.0.1/tcp/9/p2p/b',
      LOCKSTEP_CL_RPC_PORT: '5',
    })
    expect(Object.keys(env).filter((name) => name.includes('SEQUENCER'))).toEqual([])
    expect(programEl.launch(elSettings, ['el']).env).toMatchObject({ LOCKSTEP_EL_ENGINE_PORT: '1' })
  })
})

describe('our own programs', () => {
  it('can be run in a host: with the flags alone', () => {
    const { own, args } = lockstepNode.launch(clSettings, ['node', 'main.ts', 'node'])
    expect(own?.command).toBe('node')
    expect(args).toEqual(['main.ts', 'node', ...(own?.args ?? [])])
    expect(args).toContain('--rollup.upgrades=jovian=/run/jovian-upgrade.json')
  })
})
