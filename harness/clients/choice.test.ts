import { describe, expect, it } from 'vitest'
import { twoSequencers, twoVerifiersFollowing } from '../topologies.ts'
import type { Topology } from '../world/topology.ts'
import { attachedNodes, choiceFromEnvironment, chooseClients, splitCommand } from './choice.ts'
import { createClientRegistry } from './registry.ts'

const registry = createClientRegistry()
const read = (environment: Record<string, string>) => choiceFromEnvironment(environment, registry)
const choose = (topology: Topology, environment: Record<string, string>) => {
  const { cls, els } = chooseClients(topology, read(environment))
  const kinds = (all: Readonly<Record<string, { kind: string }>>) =>
    Object.fromEntries(Object.entries(all).map(([name, { kind }]) => [name, kind]))
  return { ...kinds(cls), ...kinds(els) }
}

describe('the choice of clients', () => {
  it.each([
    { name: 'nothing', environment: {}, kinds: { follower: 'lockstep-node', reference: 'lockstep-node' } },
    {
      name: 'one kind for all',
      environment: { LOCKSTEP_L2CL_KIND: 'op-node' },
      kinds: {
        sequencer: 'op-node',
        reference: 'op-node',
        follower: 'op-node',
        'follower-el': 'embedded-el',
      },
    },
    {
      name: 'by role, and the rest',
      environment: { LOCKSTEP_L2CL_KIND: 'op-node, follower=kona-node' },
      kinds: { sequencer: 'op-node', reference: 'op-node', follower: 'kona-node' },
    },
    {
      name: 'engines by the role of their node and by name',
      environment: { LOCKSTEP_L2EL_KIND: 'follower=op-geth,reference-el=op-reth' },
      kinds: { 'sequencer-el': 'embedded-el', 'follower-el': 'op-geth', 'reference-el': 'op-reth' },
    },
  ])('takes $name', ({ environment, kinds }) => {
    expect(choose(twoVerifiersFollowing, environment)).toMatchObject(kinds)
  })

  it('lets a name win over a role, and a role stand for every node that has it', () => {
    expect(choose(twoSequencers, { LOCKSTEP_L2CL_KIND: 'sequencer=op-node,second=kona-node' })).toMatchObject(
      {
        first: 'op-node',
        second: 'kona-node',
      },
    )
  })

  it('takes a role that the topology has not: another one of the same run may have it', () => {
    expect(choose(twoSequencers, { LOCKSTEP_L2CL_KIND: 'follower=op-node' })).toMatchObject({
      first: 'lockstep-node',
    })
  })

  it('reads programs and images of every kind', () => {
    const { programs, images } = read({
      LOCKSTEP_KONA_NODE_BIN: '/opt/kona-node',
      LOCKSTEP_PROGRAM_BIN: "mynode --profile 'two words'",
      LOCKSTEP_OP_GETH_IMAGE: 'op-geth:local',
      LOCKSTEP_OP_NODE_BIN: ' ',
    })
    expect([...programs]).toEqual([
      ['kona-node', ['/opt/kona-node']],
      ['program', ['mynode', '--profile', 'two words']],
    ])
    expect([...images]).toEqual([['op-geth', 'op-geth:local']])
  })

  it.each([
    {
      name: 'an unknown kind',
      environment: { LOCKSTEP_L2CL_KIND: 'follower=kona' },
      error:
        'unknown kind of consensus node "kona"; did you mean kona-node? There are lockstep-node, op-node, kona-node, program; one of your own comes from a file with defineClient, given by LOCKSTEP_CLIENTS=FILE',
    },
    {
      name: 'an engine as a node',
      environment: { LOCKSTEP_L2CL_KIND: 'op-geth' },
      error: 'unknown kind of consensus node "op-geth"',
    },
    {
      name: 'an unknown role',
      environment: { LOCKSTEP_L2CL_KIND: 'folower=op-node' },
      error:
        'LOCKSTEP_L2CL_KIND: topology twoVerifiersFollowing has no folower; did you mean follower? There are sequencer, reference, follower',
    },
    {
      name: 'two kinds for one',
      environment: { LOCKSTEP_L2CL_KIND: 'follower=op-node,follower=kona-node' },
      error: 'LOCKSTEP_L2CL_KIND: follower is given two kinds, op-node and kona-node',
    },
    {
      name: 'half a pair',
      environment: { LOCKSTEP_L2EL_KIND: 'follower=' },
      error: 'LOCKSTEP_L2EL_KIND: expected a kind or role=kind, separated by commas, found "follower="',
    },
  ])('refuses $name', ({ environment, error }) => {
    expect(() => choose(twoVerifiersFollowing, environment as Record<string, string>)).toThrow(error)
  })
})

describe('splitCommand', () => {
  it.each([
    ['mynode --a b', ['mynode', '--a', 'b']],
    ['  "/opt/my node"  --x="a b" ', ['/opt/my node', '--x=a b']],
    ["sh -c 'exec it'", ['sh', '-c', 'exec it']],
    ['', []],
  ])('%s', (text, words) => {
    expect(splitCommand(text)).toEqual(words)
  })
})

describe('a node that somebody else starts', () => {
  const attached = (topology: Topology, text: string) =>
    attachedNodes(topology, read({ LOCKSTEP_L2CL_AT: text }).attached)

  it('is named by role or name', () => {
    expect(
      attached(twoVerifiersFollowing, 'follower=http://127.0.0.1:9545, reference=http://localhost:9546'),
    ).toEqual(
      new Map([
        ['follower', 9545],
        ['reference', 9546],
      ]),
    )
    expect(attached(twoSequencers, 'second=http://127.0.0.1:9545/')).toEqual(new Map([['second', 9545]]))
    expect(attached(twoSequencers, 'follower=http://127.0.0.1:9545')).toEqual(new Map())
  })

  it.each([
    { text: 'http://127.0.0.1:1', why: 'there is no URL in it' },
    { text: '=http://127.0.0.1:1', why: 'it names no role' },
    { text: 'follower=9545', why: 'there is no URL in it' },
    { text: 'follower=http://10.0.0.1:9545', why: 'it is not on this machine' },
    { text: 'follower=https://127.0.0.1:9545', why: 'only http is spoken' },
    { text: 'follower=http://127.0.0.1', why: 'it has no port' },
    { text: 'follower=http://127.0.0.1:1/rpc', why: 'a path is not asked for' },
    { text: 'a=http://127.0.0.1:1,a=http://127.0.0.1:2', why: 'a is given two addresses' },
    { text: 'a=http://127.0.0.1:1,b=http://127.0.0.1:1', why: 'another node serves there' },
  ])('is refused: $text', ({ text, why }) => {
    expect(() => read({ LOCKSTEP_L2CL_AT: text })).toThrow(
      `LOCKSTEP_L2CL_AT: expected role=http://127.0.0.1:PORT, separated by commas, found`,
    )
    expect(() => read({ LOCKSTEP_L2CL_AT: text })).toThrow(why)
  })

  it('must be one of the topology, and one alone', () => {
    expect(() => attached(twoVerifiersFollowing, 'folower=http://127.0.0.1:1')).toThrow(
      'did you mean follower?',
    )
    expect(() => attached(twoSequencers, 'sequencer=http://127.0.0.1:1')).toThrow(
      'sequencer is one address, and topology twoSequencers has first and second',
    )
  })
})
