import { useMemo } from 'preact/hooks'
import type { HeadLevel } from '../../events/event.ts'
import { l1TreeAt, l2TreeAt } from '../model/chains.ts'
import type { RunIndex } from '../model/run-index.ts'
import type { WorldState } from '../model/state-at.ts'
import { formatTime } from './format.ts'
import { letters } from './letters.ts'
import { StateTable } from './state-table.tsx'
import { Tree, type TreeMark } from './tree.tsx'

const heights = { l1: 7, l2: 7 }
const l2Levels: readonly HeadLevel[] = ['unsafe', 'localSafe', 'crossSafe', 'finalized']

/** What both chains looked like at the cursor, and what each node knew of them. */
export function ChainPanel({ index, state }: { readonly index: RunIndex; readonly state: WorldState }) {
  const l1 = useMemo(() => l1TreeAt(index.l1, state.t, heights.l1), [index, state.t])
  const l2 = useMemo(
    () =>
      l2TreeAt(
        index.l2,
        state.nodes.flatMap(({ heads }) => heads.get('unsafe')?.value ?? []),
        state.t,
        heights.l2,
      ),
    [index, state],
  )
  return (
    <section class="panel chain" aria-label="What the chain looked like then">
      <div class="bar">
        <h2>Chains at {formatTime(state.t, index.from)}</h2>
      </div>
      <div class="scroll">
        <Tree title="L1" tree={l1} marks={l1Marks(state)} />
        <Tree title="L2" tree={l2} marks={l2Marks(state)} />
        <StateTable index={index} state={state} />
      </div>
    </section>
  )
}

function l1Marks(state: WorldState): readonly TreeMark[] {
  const { labels, l1Head } = state
  const at = (text: string, number: number | undefined): TreeMark[] =>
    number === undefined ? [] : [{ text, number, hash: null }]
  return [
    ...(l1Head === null ? [] : [{ text: 'head', ...l1Head }]),
    ...at('safe', labels?.safe),
    ...at('fin', labels?.finalized),
    ...state.nodes.flatMap(({ node, heads }) => {
      const block = heads.get('currentL1')?.value
      return block === undefined ? [] : [{ text: shortName(node), ...block }]
    }),
  ]
}

function l2Marks(state: WorldState): readonly TreeMark[] {
  return state.nodes.flatMap(({ node, heads }) => {
    const localSafe = heads.get('localSafe')?.value
    return l2Levels.flatMap((level) => {
      const block = heads.get(level)?.value
      if (block === undefined || (level === 'crossSafe' && block.hash === localSafe?.hash)) return []
      return [{ text: `${shortName(node)} ${letters[level]}`, ...block }]
    })
  })
}

/** The first letters: a tree has no room for more, and the table below has the names. */
function shortName(node: string): string {
  return node.length <= 4 ? node : node.slice(0, 3)
}
