import { describe, expect, it } from 'vitest'
import { type Program, resolveProgram } from './program-source.ts'

const user: Program = { from: 'user', executable: 'op-node' }

function resolve(options: { program?: Program; given?: string[]; files?: string[]; kind?: string }) {
  const { program = user, given, files = [], kind = 'op-node' } = options
  return resolveProgram({
    kind,
    slot: 'cl',
    program,
    given,
    isExecutable: (path) => files.includes(path),
    searchPath: '/usr/bin::/opt/bin',
  })
}

describe('resolveProgram', () => {
  it.each([
    { name: 'the path that was given', given: ['/x/op-node'], files: ['/x/op-node'], found: ['/x/op-node'] },
    { name: 'with leading arguments', given: ['/x/y', '-v'], files: ['/x/y'], found: ['/x/y', '-v'] },
    {
      name: 'a name that was given',
      given: ['mynode'],
      files: ['/opt/bin/mynode'],
      found: ['/opt/bin/mynode'],
    },
    { name: 'the usual name on the PATH', files: ['/opt/bin/op-node'], found: ['/opt/bin/op-node'] },
    {
      name: 'the project’s own',
      program: { from: 'project' as const, command: () => ['node', 'main.ts'] as const },
      found: ['node', 'main.ts'],
    },
  ])('finds $name', ({ found, ...options }) => {
    expect(resolve(options)).toEqual(found)
  })

  it.each([
    {
      name: 'a path without a program',
      options: { given: ['/x/op-node'] },
      error:
        'op-node: expected an executable file, found /x/op-node, which is none; give --cl-bin op-node=PATH or LOCKSTEP_OP_NODE_BIN=PATH',
    },
    {
      name: 'nothing on the PATH',
      options: {},
      error: 'its program is not known and op-node is not on the PATH; give --cl-bin op-node=PATH',
    },
    {
      name: 'a kind without a usual name',
      options: { program: { from: 'user' as const, executable: null }, kind: 'program' },
      error: 'program: its program is not known; give --cl-bin program=PATH or LOCKSTEP_PROGRAM_BIN=PATH',
    },
  ])('says what to give for $name', ({ options, error }) => {
    expect(() => resolve(options)).toThrow(error)
  })
})
