/** The flags that put another client into a slot, of every command that boots a devstack. */
export const clientArguments = {
  cl: {
    type: 'string',
    valueHint: 'ROLE=KIND',
    description:
      'The consensus client of a role (sequencer, reference, follower) or of all; may stand several times. As LOCKSTEP_CL_<ROLE>',
  },
  'cl-bin': {
    type: 'string',
    valueHint: 'KIND=PATH',
    description: 'The executable of a kind of consensus client. As LOCKSTEP_<KIND>_BIN',
  },
  el: {
    type: 'string',
    valueHint: 'ROLE=KIND',
    description: 'The execution engine of a role, or of all; may stand several times',
  },
  'el-bin': { type: 'string', valueHint: 'KIND=PATH', description: 'The executable of a kind of engine' },
  driver: {
    type: 'string',
    valueHint: 'ROLE=DRIVER',
    description: 'How the components of a role run: in-process, process or docker',
  },
} as const

export type ClientFlag = keyof typeof clientArguments
