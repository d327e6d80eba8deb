import { block } from '../block-text.ts'
import { type CreateLineReader, heads, type Statement } from '../statement.ts'

const synced: Statement = { kind: 'syncing', syncing: false }

/** What geth, reth and their OP Stack versions log of the head, of a start and of a sync. */
export const createExecutionReader: CreateLineReader = () => ({
  ...{ program: 'execution engine', kind: 'engine' },
  read({ message, fields }) {
    const named = block(fields['number'], fields['hash'])
    switch (message) {
      // geth
      case 'Chain head was updated':
      // reth
      case 'Canonical chain committed':
        return [synced, ...heads('self', { unsafe: named })]
      // geth, at a start and after a rewind
      case 'Loaded most recent local block':
        return heads('self', { unsafe: named })
      case 'Forkchoice requested sync to new head':
      case 'Received forkchoice updated message when syncing':
        return [{ kind: 'syncing', syncing: true }]
      // lockstep el
      case 'syncing toward a new head':
        return [{ kind: 'syncing', syncing: true }]
      case 'synced':
        return [synced, ...heads('self', { unsafe: named })]
      case 'Chain reorg detected':
      case 'reorganised the chain':
        return [{ kind: 'log' }]
    }
    if (/^Starting (?:Geth on|Optimism on|(?:op-)?reth$)/i.test(message)) return [{ kind: 'started' }]
    return null
  },
})
