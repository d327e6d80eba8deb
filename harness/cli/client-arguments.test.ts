import { afterEach, describe, expect, it } from 'vitest'
import { applyClientFlags, clientEnvironment, overridden } from './client-arguments.ts'

describe('clientEnvironment', () => {
  it('says what the flags say', () => {
    const flags = {
      cl: ['follower=kona-node', 'reference=op-node'],
      bin: ['kona-node=/opt/kona', 'program=node x.ts --a=b'],
    }
    expect(clientEnvironment(flags)).toEqual({
      LOCKSTEP_L2CL_KIND: 'follower=kona-node,reference=op-node',
      LOCKSTEP_KONA_NODE_BIN: '/opt/kona',
      LOCKSTEP_PROGRAM_BIN: 'node x.ts --a=b',
    })
    expect(clientEnvironment({ el: ['op-geth'], bin: [] })).toEqual({ LOCKSTEP_L2EL_KIND: 'op-geth' })
    expect(clientEnvironment({ bin: [] })).toEqual({})
  })

  it.each(['/opt/kona', 'kona=', 'Kona Node=/x', '=x'])('refuses %j', (text) => {
    expect(() => clientEnvironment({ bin: [text] })).toThrow('expected KIND=COMMAND')
  })
})

describe('applyClientFlags', () => {
  afterEach(() => {
    delete process.env['LOCKSTEP_L2CL_KIND']
  })

  it('is taken back when it is disposed: a control run has our own nodes again', () => {
    process.env['LOCKSTEP_L2CL_KIND'] = 'op-node'
    {
      using _ = applyClientFlags({ cl: ['follower=program'], bin: ['program=x'] })
      expect(process.env['LOCKSTEP_L2CL_KIND']).toBe('follower=program')
      expect(process.env['LOCKSTEP_PROGRAM_BIN']).toBe('x')
    }
    expect(process.env['LOCKSTEP_L2CL_KIND']).toBe('op-node')
    expect(process.env['LOCKSTEP_PROGRAM_BIN']).toBeUndefined()
  })
})

describe('overridden', () => {
  it('leaves of a configuration what the command line says nothing of', () => {
    const configured = ['follower=op-node', 'reference=op-node', '*=kona-node']
    expect(overridden(configured, ['follower=a'])).toEqual(['reference=op-node', '*=kona-node', 'follower=a'])
    expect(overridden(configured, ['b'])).toEqual(['follower=op-node', 'reference=op-node', 'b'])
  })
})
