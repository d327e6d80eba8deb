import type { Mark } from '../../../events/marks.ts'
import { block, type LoggedBlock, readBlockText } from '../block-text.ts'
import { type CreateLineReader, heads, type Statement } from '../statement.ts'

type Fields = Readonly<Record<string, string>>

/** Follow mode's messages by what they begin with, as marks: op-node/rollup/driver/driver.go, engine/engine_controller.go. */
const followMarks: readonly (readonly [string, Mark])[] = [
  ['Follow Upstream: Failed to fetch status', 'error_fetch_status'],
  ['Follow Upstream: Invalid external state', 'dropped_structure'],
  ['Follow Upstream: Invalid external', 'dropped_not_canonical'],
  ['Follow Upstream: Failed to look up', 'error_l1'],
  ['Follow Source: EL Sync: External', 'follow case 1'],
  ['Follow Source: EL Sync in progress', 'follow case 2a'],
  ['Follow Source: Failed to fetch external local safe', 'follow case 2b'],
  ['Follow Source: Consolidation', 'follow case 3'],
  ['Follow Source: Reorg', 'follow case 4'],
]

/** What op-node logs at level info, and some of debug, as of November 2026. */
export const createOpNodeReader: CreateLineReader = (node) => {
  let told: LoggedBlock | null = null
  let resetReason: string | null = null
  let resets = 0
  let tellsL1 = false
  const reach = (mark: Mark): Statement => ({ kind: 'fact', fact: { kind: 'reach', mark, node } })

  /** At level info only the first head and jumps are logged: without the moves between it would seem to stand still. */
  function l1Head(head: LoggedBlock | null): readonly Statement[] {
    if (head === null) return []
    return [{ kind: 'l1', block: head, isHead: true }, ...(tellsL1 ? heads('self', { headL1: head }) : [])]
  }

  function resetMark(): Mark {
    if (/reorg|origin/i.test(resetReason ?? '')) return 'reset by L1 reorg'
    return resetReason === null && resets === 0 ? 'reset at start' : 'reset by derivation'
  }

  function follow(message: string, fields: Fields): readonly Statement[] | null {
    if (message === 'Follow Upstream') {
      told = readBlockText(fields['eCurrentL1'])
      return heads('source', {
        localSafe: readBlockText(fields['eLocalSafe'] ?? fields['eSafe']),
        crossSafe: readBlockText(fields['eSafe']),
        finalized: readBlockText(fields['eFinalized']),
        currentL1: told,
      })
    }
    // The status was found good, so its currentL1 is now the node's own.
    if (message === 'Follow Source: Process external refs') return heads('self', { currentL1: told })
    const mark = followMarks.find(([beginning]) => message.startsWith(beginning))?.[1]
    if (mark === undefined) return null
    const actual = mark === 'dropped_not_canonical' ? readBlockText(fields['actual']) : null
    return [reach(mark), ...(actual === null ? [] : [{ kind: 'l1' as const, block: actual, isHead: false }])]
  }

  return {
    ...{ program: 'op-node', kind: 'consensus' },
    read({ message, fields }) {
      switch (message) {
        case 'Sync progress': {
          const safe = readBlockText(fields['l2_safe'])
          return heads('self', {
            unsafe: readBlockText(fields['l2_unsafe']),
            ...{ localSafe: safe, crossSafe: safe },
            finalized: readBlockText(fields['l2_finalized']),
          })
        }
        case 'Inserted new L2 unsafe block':
        case 'Inserted new L2 unsafe block (synchronous)':
          return heads('self', { unsafe: block(fields['number'], fields['hash']) })
        case 'Deriver system is resetting':
          resetReason = fields['err'] ?? ''
          return [{ kind: 'log' }]
        case 'Reset of Engine is completed': {
          const mark = resetMark()
          resets++
          resetReason = null
          return [
            reach(mark),
            ...heads('self', {
              unsafe: readBlockText(fields['local_unsafe']),
              localSafe: readBlockText(fields['local_safe']),
              crossSafe: readBlockText(fields['cross_safe']),
              finalized: readBlockText(fields['finalized']),
            }),
          ]
        }
        case 'Loaded current L2 heads':
          return [
            ...placed(fields['unsafe'], fields['unsafe_origin']),
            ...placed(fields['safe'], fields['safe_origin']),
          ]
        case 'Received first L1 head signal':
          return l1Head(readBlockText(fields['l1_head']))
        case 'L1 head moved forward':
          tellsL1 = true
          return l1Head(readBlockText(fields['l1_head']))
        case 'L1 head signal indicates a possible L1 re-org': {
          const head = readBlockText(fields['new_l1_head'])
          const parent = fields['new_l1_head_parent']
          return l1Head(head === null || parent === undefined ? head : { ...head, parent })
        }
        case 'Advancing bq origin':
        case 'completed reset of derivation pipeline':
          return heads('self', { currentL1: readBlockText(fields['origin']) })
        case 'Initializing rollup node':
          resets = 0
          return [{ kind: 'started' }]
        case 'Starting EL sync':
        case 'Finished EL sync':
        case 'loaded new runtime config values!':
          return [{ kind: 'log' }]
        case 'Publishing signed execution payload on p2p':
        case 'Received signed execution payload from p2p': {
          const action = message.startsWith('Publishing') ? 'publish' : 'accept'
          const named = readBlockText(fields['id'])
          return named === null
            ? []
            : [{ kind: 'fact', fact: { kind: 'gossip', node, action, block: idOf(named) } }]
        }
        case 'invalid block signature':
          return [
            {
              kind: 'fact',
              fact: { kind: 'gossip', node, action: 'reject', reason: `its signer is not taken: ${message}` },
            },
          ]
      }
      if (message.startsWith('p2p signer rotated')) return [{ kind: 'log' }]
      return follow(message, fields)
    },
  }
}

function placed(text: string | undefined, origin: string | undefined): readonly Statement[] {
  const [own, l1] = [readBlockText(text), readBlockText(origin)]
  return own === null || l1 === null ? [] : [{ kind: 'block', block: { ...own, origin: idOf(l1) } }]
}

function idOf({ number, hash }: LoggedBlock) {
  return { number, hash }
}
