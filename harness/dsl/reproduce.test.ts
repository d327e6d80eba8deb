import { describe, expect, it } from 'vitest'
import { reproduceCommand, reproduceVariable, reproductionOf } from './reproduce.ts'

describe('reproduceCommand', () => {
  it('is the name alone where nothing else was said', () => {
    expect(reproduceCommand({ name: 'Some' }, { PATH: '/bin', LOCKSTEP_DIRECTORY: '/x' })).toBe(
      'npx lockstep accept Some',
    )
    expect(reproduceCommand({ name: "it's > that" }, {})).toBe("npx lockstep accept 'it'\\''s > that'")
  })

  it('holds the world, the seed, and the variables that change a run', () => {
    const environment = { LOCKSTEP_SEED: '7', LOCKSTEP_OP_NODE_BIN: '/a b/op-node', LOCKSTEP_WORLD: 'sim' }
    expect(reproduceCommand({ name: 'Some', world: 'sim', seed: '3' }, environment)).toBe(
      "LOCKSTEP_SEED=7 LOCKSTEP_OP_NODE_BIN='/a b/op-node' npx lockstep accept Some --world sim --seed 3",
    )
  })

  it('holds the flags that the command was given, and not what it made of them', () => {
    const told = reproductionOf(
      { LOCKSTEP_SEED: '7' },
      {
        ...{ builtin: true, timeout: undefined, cl: ['follower=op-node', 'reference=kona-node'], el: [] },
        'cl-bin': ['op-node=/opt/op-node'],
      },
    )
    const environment = {
      [reproduceVariable]: JSON.stringify(told),
      LOCKSTEP_L2CL_KIND: 'follower=op-node,reference=kona-node',
    }
    expect(reproduceCommand({ name: 'Some' }, environment)).toBe(
      'LOCKSTEP_SEED=7 npx lockstep accept Some --builtin --cl follower=op-node --cl reference=kona-node --cl-bin op-node=/opt/op-node',
    )
  })
})
