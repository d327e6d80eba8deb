import type { Mark } from '../../../events/marks.ts'
import { block, readBlockText } from '../block-text.ts'
import { type CreateLineReader, heads, type Statement } from '../statement.ts'

const inconsistency = /at block (\d+): expected 0x[0-9a-f]{64}, got (0x[0-9a-f]{64})/i

/** What kona-node logs at level info, as of November 2026: its engine tasks, derivation and delegated derivation. */
export const createKonaNodeReader: CreateLineReader = (node) => {
  const reach = (mark: Mark): Statement => ({ kind: 'fact', fact: { kind: 'reach', mark, node } })
  return {
    ...{ program: 'kona-node', kind: 'consensus' },
    read({ message, fields, text }) {
      const named = block(fields['number'], fields['hash'])
      switch (message) {
        case 'Inserted new unsafe block':
          return heads('self', { unsafe: named })
        // Without interop its local-safe head is its safe head.
        case 'Updated safe head via follow safe':
        case 'Updated safe head via L1 consolidation':
          return heads('self', { localSafe: named, crossSafe: named })
        case 'Updated finalized head':
          return heads('self', { finalized: named })
        case 'Safe head unchanged':
        case 'Attempted L2 Safe Head Update':
        case 'Received safe head from engine.':
        case 'Sending new safe head to derivation actor': {
          const safe = readBlockText(text)
          return safe === null ? [] : [{ kind: 'block', block: safe }]
        }
        case 'Processing l1 head update':
          // It publishes its L1 head as currentL1, in every role.
          return heads('self', { headL1: readBlockText(text), currentL1: readBlockText(text) })
        case 'Performing initial engine reset':
          return [reach('reset at start')]
        case 'Received reset request':
          return [reach('reset by derivation')]
        case 'L1 inconsistency detected at sync status from delegate': {
          const [, number, hash] = inconsistency.exec(text) ?? []
          const actual = block(number, hash)
          return [
            reach('dropped_not_canonical'),
            ...(actual === null ? [] : [{ kind: 'l1' as const, block: actual, isHead: false }]),
          ]
        }
        case 'Failed to fetch sync status from delegate':
          return [reach('error_fetch_status')]
        case 'Starting rollup node services':
          return [{ kind: 'started' }]
        case 'Finished execution layer sync.':
          return [{ kind: 'log' }]
      }
      if (message.startsWith('L1 reorg detected!')) return [reach('reset by L1 reorg')]
      return /^Unsafe block signer update: /.test(message) ? [{ kind: 'log' }] : null
    },
  }
}
