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
  readonly outcome: string
  /** Whether it went well, or failed because everything was being stopped. */
  readonly ok: boolean
  /** A forkchoice update: a node's heads for its engine. */
  readonly givesHeads: boolean
  readonly event: WorldEvent
}

/** `l1` is what a component reads of L1 or its beacon; `other` is any other request. */
export type MessageGroup = 'source' | 'engine' | 'l1' | 'gossip' | 'other'

/** Where gossip comes from and goes to, in a sequence diagram. */
export const gossipName = 'gossip'

/**
 * The event as a message between components; null when it is none. `t` is its place on the time line.
 * @param isTornDown whether everything is being stopped: then a call that fails is nothing that went wrong.
 */
export function messageOf(event: WorldEvent, t: number, isTornDown = false): Message | null {
  const message = readMessage(event, t)
  return message !== null && isTornDown && !message.ok ? { ...message, ok: true } : message
}

function readMessage(event: WorldEvent, t: number): Message | null {
  const { seq } = event
  switch (event.kind) {
    case 'source': {
      const { follower: from, source: to, outcome } = event
      const ok = outcome === 'ok' && event.heads !== undefined
      const link = `${from}→${to}`
      const sent = t - event.durationMs
      return {
        seq,
        t,
        sent,
        from,
        to,
        link,
        group: 'source',
        method: 'optimism_syncStatus',
        outcome,
        ok,
        givesHeads: false,
        event,
      }
    }
    case 'engine': {
      const { link, method, status } = event
      const [from, to] = endsOf(link)
      const ok = event.outcome === 'ok' && (status === undefined || status === 'VALID')
      const sent = t - event.durationMs
      return {
        seq,
        t,
        sent,
        from,
        to,
        link,
        group: 'engine',
        method,
        outcome: status ?? event.outcome,
        ok,
        givesHeads: event.heads !== undefined,
        event,
      }
    }
    case 'rpc': {
      const { link, methods, outcome } = event
      const [from, to] = endsOf(link)
      const group = to === 'l1' || to === 'beacon' ? 'l1' : 'other'
      const [first = ''] = methods
      const method = methods.length < 2 ? first : methods.join(', ')
      const sent = t - event.durationMs
      return {
        seq,
        t,
        sent,
        from,
        to,
        link,
        group,
        method,
        outcome,
        ok: outcome === 'ok',
        givesHeads: false,
        event,
      }
    }
    case 'gossip': {
      const { node, action } = event
      if (action === 'withhold') return null
      const [from, to] = action === 'publish' ? [node, gossipName] : [gossipName, node]
      const link = `${from}→${to}`
      const ok = action !== 'reject'
      return {
        seq,
        t,
        sent: t,
        from,
        to,
        link,
        group: 'gossip',
        method: action,
        outcome: action,
        ok,
        givesHeads: false,
        event,
      }
    }
    default:
      return null
  }
}

/** What a message said, in short. Made when it is shown: of a long run, few are. */
export function textOf({ event }: Message): string {
  switch (event.kind) {
    case 'source': {
      const { heads } = event
      if (heads === undefined) return 'no status'
      return `unsafe ${shortBlock(heads.unsafe)} safe ${shortBlock(heads.localSafe)} L1 ${shortBlock(heads.currentL1)}`
    }
    case 'engine':
      return engineText(event)
    case 'rpc':
      return event.calls === undefined ? '' : `${event.calls} calls`
    case 'gossip':
      return [event.block === undefined ? '' : shortBlock(event.block), event.reason ?? '']
        .filter(Boolean)
        .join(' ')
    default:
      return ''
  }
}

/** `12:ab34`: enough of the hash to tell two forks apart. */
export function shortBlock({ number, hash }: { readonly number: number; readonly hash: string }): string {
  return /^0x0*$/.test(hash) ? '–' : `${number}:${hash.slice(2, 6)}`
}

/** Consumer and provider; what stands in brackets says which of its ports. */
export function endsOf(link: string): readonly [string, string] {
  const arrow = link.indexOf('→')
  if (arrow === -1) return [link, '']
  const port = link.indexOf('(', arrow)
  return [link.slice(0, arrow), port === -1 ? link.slice(arrow + 1) : link.slice(arrow + 1, port)]
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
