import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { defineCommand } from 'citty'
import { chromeTrace } from '../report/chrome-trace.ts'
import { verdictOf } from '../report/model/verdict.ts'
import { serveReport } from '../report/serve-report.ts'
import { readRun, writeReport } from '../report/write-report.ts'
import { readArguments } from './arguments.ts'
import { mergedReport } from './merged-report.ts'
import { timelineFor } from './timeline-for.ts'
import { UsageError } from './usage-error.ts'

const reportCommand = defineCommand({
  meta: {
    name: 'report',
    description:
      'Write one HTML file that explains runs: what broke, when, what the chains looked like, what was said and logged. A run is a directory, a timeline.ndjson, or a part of a name in .lockstep/runs; without one the newest. See docs/reports.md.',
  },
  args: {
    run: { type: 'positional', required: false, description: 'Runs; several go into one file' },
    out: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Where to write it. Default: report.html beside the events of the first run',
    },
    open: { type: 'boolean', description: 'Open it in the browser' },
    serve: {
      type: 'boolean',
      description: 'Serve it on the loopback address, and reload while a run goes on',
    },
    trace: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Write the first run as a Chrome trace too, for Perfetto',
    },
    json: { type: 'boolean', description: 'Print one JSON object: where the report is, and each verdict' },
    merge: {
      type: 'boolean',
      description:
        'Tell the results of several lockstep accept --json, such as of shards, as one; the arguments are files',
    },
    junit: { type: 'string', valueHint: 'FILE', description: 'With --merge: write them as JUnit XML' },
  },
})

/** `lockstep report`. Exit code 0 when the report was written, whatever it says; with `--merge` that of the whole run. */
export async function report(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(reportCommand, argv, { positionalsMax: 100 })
  if (parsed.help) return 0
  const { out, open, serve, trace, json, merge, junit } = parsed.args
  if (merge === true) return mergedReport(parsed.positionals, { json: json === true, junit })
  if (junit !== undefined) throw new UsageError('--junit: expected --merge with it')
  const timelines = (parsed.positionals.length === 0 ? ['latest'] : parsed.positionals).map(timelineFor)
  if (serve === true) {
    if (out !== undefined || json === true)
      throw new UsageError('--serve: expected neither --out nor --json; it writes no file')
    await serveUntilSignal(timelines, open === true)
    return 0
  }
  const runs = []
  for (const timeline of timelines) runs.push(await readRun(timeline))
  const [first] = runs
  const path = resolve(out ?? join(dirname(timelines[0] ?? '.'), 'report.html'))
  await writeReport(path, runs)
  if (trace !== undefined && first !== undefined)
    await writeFile(trace, JSON.stringify(chromeTrace(first.index)))
  const shown = relative(process.cwd(), path)
  if (json === true) {
    const verdicts = runs.map(({ index, packed }) => ({
      ...{ runId: packed.runId, scenario: packed.name, omitted: packed.omitted },
      ...verdictOf(index),
    }))
    process.stdout.write(`${JSON.stringify({ report: shown, runs: verdicts })}\n`)
  } else {
    for (const { index, packed } of runs)
      process.stdout.write(`${verdictOf(index).outcome}  ${packed.name}: ${verdictOf(index).what}\n`)
    process.stdout.write(`${shown}\n`)
  }
  if (open === true) openInBrowser(path)
  return 0
}

async function serveUntilSignal(timelines: readonly string[], open: boolean): Promise<void> {
  const served = await serveReport(timelines)
  process.stdout.write(`${served.url}  (Ctrl-C ends it)\n`)
  if (open) openInBrowser(served.url)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await served.close()
}

/** What opens a page is the desktop's; where there is none, the path was printed. */
function openInBrowser(target: string): void {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(command, [target], { stdio: 'ignore', detached: true })
  child.on('error', () => process.stderr.write(`${command} is not there: open ${target} yourself\n`))
  child.unref()
}
