import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RunIndex } from '../model/run-index.ts'
import { followServer } from './follow-server.ts'
import { type EmbeddedRun, loadRun, readReport } from './load-run.ts'
import { RunView } from './run-view.tsx'
import './style.css'

const report = readReport()

function App() {
  const [chosen, choose] = useState(0)
  const [loaded, setLoaded] = useState<{ readonly run: EmbeddedRun; readonly index: RunIndex } | null>(null)
  const [progress, setProgress] = useState(0)
  const [problem, setProblem] = useState<string | null>(null)
  const run = report.runs[chosen]
  useEffect(() => {
    if (run === undefined) return
    let current = true
    loadRun(run, (events) => current && setProgress(events)).then(
      (index) => current && setLoaded({ run, index }),
      (error: unknown) => current && setProblem(String(error)),
    )
    return () => {
      current = false
    }
  }, [run])
  useEffect(() => {
    if (loaded === null) return
    performance.mark('lockstep-ready')
    document.documentElement.dataset['ready'] = loaded.run.runId
    document.title = `${loaded.index.end?.outcome ?? 'unfinished'}: ${loaded.run.name}`
  }, [loaded])
  if (problem !== null) return <p class="loading">This file cannot be read: {problem}</p>
  if (loaded === null || loaded.run !== run) return <p class="loading">reading events… {progress}</p>
  const runs =
    report.runs.length < 2 ? null : (
      <label class="runs">
        run{' '}
        <select value={chosen} onChange={(event) => choose(Number(event.currentTarget.value))}>
          {report.runs.map(({ name, runId }, place) => (
            <option key={runId} value={place}>
              {place + 1}/{report.runs.length} {name}
            </option>
          ))}
        </select>
      </label>
    )
  return <RunView key={loaded.run.runId} index={loaded.index} omitted={loaded.run.omitted} runs={runs} />
}

const root = document.getElementById('app')
if (root !== null) render(<App />, root)
if (report.live !== null) followServer(report.live)
