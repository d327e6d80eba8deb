import { knownMessages, lockstepNodeFacts } from '../../../events/lockstep-node-log.ts'
import { block, readBlockText } from '../block-text.ts'
import { type CreateLineReader, heads, type Statement } from '../statement.ts'

const knownToEvents = new Set(knownMessages)

/** What `lockstep node` logs. */
export const createLockstepNodeReader: CreateLineReader = (node) => ({
  ...{ program: 'lockstep node', kind: 'consensus' },
  read(line) {
    const { message, fields } = line
    const own = headsOf(message, fields)
    if (own === null && !knownToEvents.has(message)) return null
    const facts = lockstepNodeFacts(node, line)
    return [...facts.map((fact): Statement => ({ kind: 'fact', fact })), ...(own ?? [])]
  },
})

function headsOf(message: string, fields: Readonly<Record<string, string>>): readonly Statement[] | null {
  const ref = (name: string) => readBlockText(fields[name])
  switch (message) {
    case 'heads':
      return heads('self', {
        ...{ unsafe: ref('unsafe'), localSafe: ref('localSafe') ?? ref('safe'), crossSafe: ref('safe') },
        ...{ finalized: ref('finalized'), currentL1: ref('currentL1') },
      })
    case 'engine reset':
      return heads('self', {
        ...{ unsafe: ref('unsafe'), localSafe: ref('safe'), crossSafe: ref('safe') },
        finalized: ref('finalized'),
      })
    case 'the chain of the follow source differs from ours: adopting it':
      return heads('source', { localSafe: ref('theirs') })
    case 'L1 reorg': {
      const head = ref('head')
      return head === null ? [] : [{ kind: 'l1', block: head, isHead: true }]
    }
    case 'current L1 goes back':
      return heads('self', { currentL1: ref('to') })
    case 'pipeline reset':
      return heads('self', { currentL1: ref('origin') })
    case 'block published':
    case 'block withheld: too old for peers':
      return heads('self', { unsafe: block(fields['number'], fields['hash']) })
    case 'node starts':
      return [{ kind: 'started' }]
    case 'stopped':
      return [{ kind: 'stopped' }]
    case 'unsafe block signer':
      return [{ kind: 'log' }]
    default:
      return null
  }
}
