import type { WorldEvent } from '../../events/event.ts'

/** What passed between two components. */
export interface Message {
  readonly seq: number
  /** When it was answered, or heard. */
  readonly t: number
  /** When it was sent. */
  readonly sent: number
  readonly from: string
  readonly to: string
  readonly link: string
  readonly group: MessageGroup
  readonly method: string
  /** What it said, in short. */
  readonly text: string
  readonly outcome: string
  readonly ok: boolean
  readonly event: WorldEvent
}

/** `l1` is what a component reads of L1 or its beacon; `other` is any other request. */
export type MessageGroup = 'source' | 'engine' | 'l1' | 'gossip' | 'other'

/** Where gossip comes from and goes to, in a sequence diagram. */
export const gossipName = 'gossip'

/** The event as a message between components; null when it is none. `t` is its place on the time line. */
export function messageOf(event: WorldEvent, t: number): Message | null {
  switch (event.kind) {
    case 'source': {
      const { follower: from, source: to, outcome, heads } = event
      const text =
        heads === undefined
          ? 'no status'
          : `unsafe ${shortBlock(heads.unsafe)} safe ${shortBlock(heads.localSafe)} L1 ${shortBlock(heads.currentL1)}`
      return {
        ...{
          seq: event.seq,
          t,
          sent: t - event.durationMs,
          from,
          to,
          link: `${from}→${to}`,
          group: 'source',
        },
        ...{
          method: 'optimism_syncStatus',
          text,
          outcome,
          ok: outcome === 'ok' && heads !== undefined,
          event,
        },
      }
    }
    case 'engine': {
      const { link, method, outcome, status } = event
      const [from, to] = endsOf(link)
      const good = status === undefined || status === 'VALID'
      return {
        ...{ seq: event.seq, t, sent: t - event.durationMs, from, to, link, group: 'engine', method },
        ...{ text: engineText(event), outcome: status === undefined ? outcome : status },
        ...{ ok: outcome === 'ok' && good, event },
      }
    }
    case 'rpc': {
      const { link, methods, outcome, calls } = event
      const [from, to] = endsOf(link)
      return {
        ...{ seq: event.seq, t, sent: t - event.durationMs, from, to, link },
        ...{ group: to === 'l1' || to === 'beacon' ? 'l1' : 'other', method: methods.join(', ') },
        ...{ text: calls === undefined ? '' : `${calls} calls`, outcome, ok: outcome === 'ok', event },
      }
    }
    case 'gossip': {
      const { node, action, block, reason } = event
      const [from, to] = action === 'publish' ? [node, gossipName] : [gossipName, node]
      const text = [block === undefined ? '' : shortBlock(block), reason ?? ''].filter(Boolean).join(' ')
      return {
        ...{ seq: event.seq, t, sent: t, from, to, link: `${from}→${to}`, group: 'gossip' },
        ...{ method: action, text, outcome: action, ok: action !== 'reject', event },
      }
    }
    default:
      return null
  }
}

/** `12:ab34`: enough of the hash to tell two forks apart. */
export function shortBlock({ number, hash }: { readonly number: number; readonly hash: string }): string {
  return /^0x0*$/.test(hash) ? '–' : `${number}:${hash.slice(2, 6)}`
}

/** Consumer and provider; what stands in brackets says which of its ports. */
function endsOf(link: string): readonly [string, string] {
  const [from = link, to = ''] = link.split('→')
  return [from, to.replace(/\(.*\)$/, '')]
}

function engineText({ heads, block, attributes }: Extract<WorldEvent, { kind: 'engine' }>): string {
  const short = (hash: string) => (/^0x0*$/.test(hash) ? '–' : hash.slice(2, 6))
  return [
    ...(block === undefined ? [] : [shortBlock(block)]),
    ...(heads === undefined
      ? []
      : [`unsafe ${short(heads.unsafe)} safe ${short(heads.safe)} fin ${short(heads.finalized)}`]),
    ...(attributes === true ? ['+ build'] : []),
  ].join(' ')
}
