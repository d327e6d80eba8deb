import type { HeadLevel } from '../../events/event.ts'
import { differentClients } from '../model/clients.ts'
import { shortBlock } from '../model/message.ts'
import type { RunIndex } from '../model/run-index.ts'
import type { NodeState, WorldState } from '../model/state-at.ts'
import { formatDuration } from './format.ts'
import { letters } from './letters.ts'

const allLevels: readonly HeadLevel[] = [
  'unsafe',
  'localSafe',
  'crossSafe',
  'finalized',
  'currentL1',
  'headL1',
]

/** What each node knew at the cursor. */
export function StateTable({ index, state }: { readonly index: RunIndex; readonly state: WorldState }) {
  const { faults, steps, waits, stopped, l1Head, labels, producing } = state
  // crossSafe has a column where it says something else than localSafe.
  const levels = allLevels.filter(
    (level) =>
      level !== 'crossSafe' ||
      state.nodes.some(({ heads }) => heads.get(level)?.value.hash !== heads.get('localSafe')?.value.hash),
  )
  const kinds = differentClients(index)
  const lines: readonly (readonly [string, string])[] = [
    ...steps.map(({ name }) => ['step', name] as const),
    ...waits.map(({ name, from }) => ['waits', `${name} (for ${formatDuration(state.t - from)})`] as const),
    ...faults.map(({ name, point, hits }) => {
      const count = hits.filter((t) => t <= state.t).length
      return ['fault', `${name} on ${point}, ${count} hits`] as const
    }),
    ...stopped.map(
      ({ value: { component, action, reason } }) =>
        ['stopped', `${component}: ${action}${reason === undefined ? '' : `, ${reason}`}`] as const,
    ),
    ...(l1Head === null
      ? []
      : [
          [
            'L1',
            `head ${shortBlock(l1Head)}${labels === null ? '' : `, safe ${labels.safe}, finalized ${labels.finalized}`}${producing === false ? ', production off' : ''}`,
          ] as const,
        ]),
  ]
  return (
    <>
      <table>
        <caption class="hidden">What each node said of itself</caption>
        <thead>
          <tr>
            <th scope="col">node</th>
            {levels.map((level) => (
              <th key={level} scope="col">
                {level} <span class={`letter ${level}`}>{letters[level]}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {state.nodes.map((node) => (
            <tr key={node.node}>
              <th scope="row">{node.node}</th>
              {levels.map((level) => (
                <Cell key={level} node={node} level={level} t={state.t} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <dl class="now">
        {lines.map(([name, text], place) => [
          <dt key={`n${place}`}>{name}</dt>,
          <dd key={`t${place}`}>{text}</dd>,
        ])}
        {state.nodes.map((node) => [
          <dt key={`${node.node} n`}>{node.node}</dt>,
          <dd key={`${node.node} t`}>
            {kinds === null ? '' : `${kinds[node.node]}; `}
            {knowledge(node, state.t, index)}
          </dd>,
        ])}
      </dl>
    </>
  )
}

function Cell(props: { readonly node: NodeState; readonly level: HeadLevel; readonly t: number }) {
  const change = props.node.heads.get(props.level)
  if (change === undefined) return <td class="quiet">?</td>
  return (
    <td title={`${change.value.hash}, for ${formatDuration(props.t - change.t)}`}>
      {shortBlock(change.value)}
    </td>
  )
}

/** What it was told, and what it told its engine. */
function knowledge({ told, update, peers }: NodeState, t: number, index: RunIndex): string {
  const ago = (then: number) => `${formatDuration(t - then)} ago`
  const status = told?.value
  const heads = update?.value.heads
  const number = (hash: string) => {
    const block = index.l2.blocks.get(hash)
    return block === undefined ? (/^0x0*$/.test(hash) ? '–' : hash.slice(2, 6)) : shortBlock(block)
  }
  return [
    told === null || status === undefined
      ? null
      : status.heads === undefined
        ? `${status.source} answered ${status.outcome} ${ago(told.t)}`
        : `${status.source} said unsafe ${shortBlock(status.heads.unsafe)}, safe ${shortBlock(status.heads.localSafe)}, currentL1 ${shortBlock(status.heads.currentL1)} ${ago(told.t)}`,
    update === null || heads === undefined
      ? null
      : `told its engine unsafe ${number(heads.unsafe)}, safe ${number(heads.safe)} ${ago(update.t)}: ${update.value.status ?? update.value.outcome}`,
    peers.length === 0
      ? 'no peers'
      : `peers ${peers.map((peer) => (peer.length > 20 ? `${peer.slice(0, 8)}…` : peer)).join(', ')}`,
  ]
    .filter((part) => part !== null)
    .join('; ')
}
