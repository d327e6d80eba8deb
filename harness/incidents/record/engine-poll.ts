import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { JsonRpcTransportError } from '../../../node/json-rpc/errors.ts'
import type { Fact, HeadLevel } from '../../events/event.ts'
import { linkedBlock, readHeader } from './block-header.ts'

const labels: readonly (readonly [string, HeadLevel])[] = [
  ['latest', 'unsafe'],
  ['safe', 'crossSafe'],
  ['finalized', 'finalized'],
]
/** Told whenever the answer changes in what it means, not in its numbers. */
const questions = ['eth_syncing', 'net_peerCount'] as const

/**
 * What one execution engine tells of itself: its three labels whenever they move, whether it syncs, how many peers it
 * has. A label that it does not know yet (null, or an error: geth, reth) is left out. Throws when nothing was answered.
 */
export function enginePoll(
  name: string,
  rpc: Pick<JsonRpcClient, 'requestAll'>,
  record: (fact: Fact) => void,
): (signal: AbortSignal) => Promise<number> {
  const published = new Map<HeadLevel, string>()
  const told = new Map<string, string>()

  return async (signal) => {
    const calls = [
      ...labels.map(([label]) => ({ method: 'eth_getBlockByNumber', params: [label, false] })),
      ...questions.map((method) => ({ method, params: [] })),
    ]
    const outcomes = await rpc.requestAll(calls, signal)
    const [latest] = outcomes
    if (latest?.status === 'rejected' && latest.reason instanceof JsonRpcTransportError) throw latest.reason
    for (const [index, [, level]] of labels.entries()) {
      const outcome = outcomes[index]
      const header = outcome?.status === 'fulfilled' ? readHeader(outcome.value) : null
      if (header === null || published.get(level) === header.hash) continue
      published.set(level, header.hash)
      record({ kind: 'head', node: name, level, block: linkedBlock(header) })
    }
    for (const [index, method] of questions.entries()) {
      const outcome = outcomes[labels.length + index]
      if (outcome?.status !== 'fulfilled') continue
      const meaning = meaningOf(outcome.value)
      if (told.get(method) === meaning) continue
      told.set(method, meaning)
      record({
        ...{ kind: 'rpc', link: `recorder→${name}`, methods: [method], outcome: 'ok', durationMs: 0 },
        response: scalarsOf(outcome.value),
      })
    }
    return calls.length
  }
}

/** More is in no client's answer: reth has a list of stages beside its numbers, which moves all the time. */
const fieldsMax = 20

/** What a reader needs of an answer that an endpoint may make as long as it likes. */
function scalarsOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer
  const isScalar = ([, value]: readonly [string, unknown]) => typeof value !== 'object'
  return Object.fromEntries(Object.entries(answer).filter(isScalar).slice(0, fieldsMax))
}

/** A sync in progress is one state, however far it is. */
function meaningOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null ? 'syncing' : String(answer)
}
