import { ClientChoiceError, type ClientFlags, environmentOfFlags } from '../clients/choice.ts'
import { UsageError } from './usage-error.ts'

/** Flags that choose clients; the same in every command that boots a devstack. */
export const clientArguments = {
  cl: {
    type: 'string',
    valueHint: 'KIND',
    description:
      'Consensus client of every node, or ROLE=KIND,… (lockstep-node, op-node, kona-node, program)',
  },
  'cl-bin': {
    type: 'string',
    valueHint: 'KIND=PATH',
    description: 'Program of that kind; a command with arguments in quotes',
  },
  'cl-image': {
    type: 'string',
    valueHint: 'KIND=IMAGE',
    description: 'Image of that kind, for LOCKSTEP_DRIVER=docker',
  },
  el: {
    type: 'string',
    valueHint: 'KIND',
    description: 'Execution client of every node, or ROLE=KIND,… (embedded-el, op-geth, op-reth, program)',
  },
  'el-bin': { type: 'string', valueHint: 'KIND=PATH', description: 'Program of that kind' },
  'el-image': { type: 'string', valueHint: 'KIND=IMAGE', description: 'Image of that kind' },
  client: { type: 'string', valueHint: 'FILE', description: 'File with clients of your own (defineClient)' },
} as const

type Given = { readonly [name in keyof typeof clientArguments]?: string | undefined }

/**
 * Says by this process's environment what the flags say: scenarios run in processes of their own.
 * @throws UsageError naming the flag that is wrong.
 */
export function chooseClientsByFlags(given: Given): void {
  const flags: Record<keyof ClientFlags, string | undefined> = {
    ...{ cl: given.cl, el: given.el, client: given.client },
    ...{ clBin: given['cl-bin'], elBin: given['el-bin'] },
    ...{ clImage: given['cl-image'], elImage: given['el-image'] },
  }
  const present = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  try {
    Object.assign(process.env, environmentOfFlags(present))
  } catch (error) {
    if (error instanceof ClientChoiceError) throw new UsageError(error.message)
    throw error
  }
}
