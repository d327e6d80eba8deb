/** What the keys of `lockstep up` act on; the view shows it too. */
export interface KeyState {
  /** The node that keys are about. */
  readonly selected: string
  /** How many L1 blocks a reorg replaces. */
  readonly depth: number
  readonly paused: ReadonlySet<string>
  readonly cut: ReadonlySet<string>
  readonly batcherOn: boolean
  readonly sequencerOn: boolean
  readonly producing: boolean
}

/** A call of the control API, and what is said of it. */
export interface KeyCall {
  readonly kind: 'call'
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** "reorg of 2 L1 blocks" */
  readonly what: string
}

export type KeyDeed =
  | KeyCall
  | { readonly kind: 'select'; readonly node: string }
  | { readonly kind: 'depth'; readonly depth: number }
  | { readonly kind: 'quit' }

/** What stands below the table; each fits into 80 columns. */
export const keyLines: readonly string[] = [
  'r reorg  1-9 its depth  m mine  l L1 on/off  b batcher  s sequencer  q quit',
  'of the node marked >:  p pause  c cut gossip  k restart  x kill  tab next node',
]

/**
 * What a key means now; null for none.
 * @param key as a terminal in raw mode sends it.
 */
export function keyDeed(key: string, state: KeyState, nodes: readonly string[]): KeyDeed | null {
  const { selected, depth } = state
  const call = (what: string, method: string, params: KeyCall['params']): KeyCall => ({
    ...{ kind: 'call', what, method, params },
  })
  const component = { component: selected }
  if (/^[1-9]$/.test(key)) return { kind: 'depth', depth: Number(key) }
  switch (key) {
    case '\t':
      return { kind: 'select', node: nodes[(nodes.indexOf(selected) + 1) % nodes.length] ?? selected }
    case 'r':
      return call(`reorg of ${depth} L1 ${depth === 1 ? 'block' : 'blocks'}`, 'control_reorg', { depth })
    case 'm':
      return call('mine an L1 block', 'control_mine', {})
    case 'l':
      return call(`L1 production ${onOff(!state.producing)}`, 'control_l1Production', {
        on: !state.producing,
      })
    case 'b':
      return call(`batcher ${onOff(!state.batcherOn)}`, 'control_batcher', { on: !state.batcherOn })
    case 's':
      return call(`sequencer ${onOff(!state.sequencerOn)}`, 'control_sequencer', { on: !state.sequencerOn })
    case 'p':
      return state.paused.has(selected)
        ? call(`resume ${selected}`, 'control_resume', component)
        : call(`pause ${selected}`, 'control_pause', component)
    case 'c':
      return state.cut.has(selected)
        ? call(`connect ${selected} again`, 'control_heal', { node: selected })
        : call(`cut ${selected} from gossip`, 'control_partition', { node: selected })
    case 'k':
      return call(`restart ${selected}`, 'control_restart', component)
    case 'x':
      return call(`kill ${selected}`, 'control_kill', component)
    case 'q':
    // Ctrl-C and Ctrl-D: in raw mode they make no signal.
    case '\u0003':
    case '\u0004':
      return { kind: 'quit' }
    default:
      return null
  }
}

/** How things stand after a call went well. */
export function afterCall(state: KeyState, { method, params }: KeyCall): KeyState {
  const component = String(params['component'] ?? params['node'] ?? '')
  const on = params['on'] === true
  switch (method) {
    case 'control_pause':
      return { ...state, paused: including(state.paused, component) }
    case 'control_resume':
    case 'control_restart':
    case 'control_kill':
      return { ...state, paused: excluding(state.paused, component) }
    case 'control_partition':
      return { ...state, cut: including(state.cut, component) }
    case 'control_heal':
      return { ...state, cut: excluding(state.cut, component) }
    case 'control_batcher':
      return { ...state, batcherOn: on }
    case 'control_sequencer':
      return { ...state, sequencerOn: on }
    case 'control_l1Production':
      return { ...state, producing: on }
    default:
      return state
  }
}

const onOff = (on: boolean) => (on ? 'on' : 'off')
const including = (set: ReadonlySet<string>, name: string): ReadonlySet<string> => new Set([...set, name])
const excluding = (set: ReadonlySet<string>, name: string): ReadonlySet<string> =>
  new Set([...set].filter((one) => one !== name))
