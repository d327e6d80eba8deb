import type { ComponentChildren } from 'preact'
import type { RunIndex } from '../model/run-index.ts'
import type { Verdict } from '../model/verdict.ts'
import { CopyButton } from './copy-button.tsx'
import { formatCount, formatDuration, formatTime } from './format.ts'

const marks = { passed: '✓', failed: '✗', inconclusive: '?', stopped: '■', unfinished: '…' }

/** What broke. */
export function VerdictPanel(props: {
  readonly index: RunIndex
  readonly verdict: Verdict
  readonly omitted: string | null
  readonly runs: ComponentChildren
  readonly onJump: (t: number) => void
}) {
  const { index, verdict, omitted, runs, onJump } = props
  const { outcome, what, expected, found, facts, invariant, wait, command, seed, atMs } = verdict
  const run = index.run
  return (
    <header class={`verdict ${outcome}`}>
      <div class="title">
        <strong class="badge">
          <span aria-hidden="true">{marks[outcome]}</span> {outcome}
        </strong>
        <h1>{run?.scenario ?? 'a run without a first line'}</h1>
        <span class="quiet">
          {run === null ? '' : `${run.topology} · ${run.startedAt.slice(0, 19).replace('T', ' ')} UTC · `}
          {formatDuration(index.to - index.from)} · {formatCount(index.events)} events
        </span>
        {runs}
      </div>
      <div class="facts">
        <dl class="broke">
          <dt>{outcome === 'passed' ? 'shown' : 'what'}</dt>
          <dd class="what">{what}</dd>
          {expected === null ? null : [<dt key="e">expected</dt>, <dd key="ev">{expected}</dd>]}
          {found === null ? null : [<dt key="f">found</dt>, <dd key="fv">{found}</dd>]}
          {facts.map(([name, text], place) => [
            <dt key={`n${place}`}>{name}</dt>,
            <dd key={`t${place}`}>{text}</dd>,
          ])}
          {index.known.map(({ t, node, invariant, message }, place) => [
            <dt key={`k${place}`}>known</dt>,
            <dd key={`kv${place}`}>
              <button type="button" class="link" onClick={() => onJump(t)}>
                {formatTime(t, index.from)}
              </button>{' '}
              {`${node}: ${invariant}: ${message ?? ''}`}
            </dd>,
          ])}
        </dl>
        <dl class="again">
          {outcome === 'passed'
            ? null
            : [
                <dt key="w">when</dt>,
                <dd key="wv">
                  <button type="button" class="link" onClick={() => onJump(atMs)}>
                    {formatTime(atMs, index.from)}
                  </button>
                </dd>,
              ]}
          {invariant === null ? null : [<dt key="i">invariant</dt>, <dd key="iv">{invariant}</dd>]}
          {wait === null ? null : [<dt key="a">wait</dt>, <dd key="av">{wait}</dd>]}
          {invariant !== null || index.judged.length === 0
            ? null
            : [
                <dt key="j">invariants</dt>,
                <dd key="jv">{`${new Set(index.judged.map((event) => event.invariant)).size} judged ${formatCount(
                  index.judged.reduce((sum, { evaluations = 0 }) => sum + evaluations, 0),
                )} times, ${index.known.length === 0 ? 'none violated' : 'violated only as is known'}`}</dd>,
              ]}
          <dt>again</dt>
          <dd>
            <code>{command}</code> <CopyButton text={command} />
          </dd>
          {seed === null
            ? null
            : [
                <dt key="s">seed</dt>,
                <dd key="sv">
                  <code>{`LOCKSTEP_SEED=${seed}`}</code>{' '}
                  <CopyButton text={`LOCKSTEP_SEED=${seed} ${command}`} />
                </dd>,
              ]}
          {omitted === null ? null : [<dt key="o">left out</dt>, <dd key="ov">{omitted}</dd>]}
        </dl>
      </div>
    </header>
  )
}
