import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../../node/adapters/files/package-root.ts'
import { formatTable } from '../../report/table.ts'
import { commandsIn, type DocCommand } from './commands-in.ts'
import { type Devnet, startDevnet } from './devnet.ts'
import { type Rule, ruleOf, runnable } from './rules.ts'

/**
 * `npm run walk [-- --only REGEX] [--json FILE]`: runs every command of the pages, in their order, on this checkout, and says
 * what it came to. Exit code 1 when one did not end as its rule says.
 */
const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } })
const commandMsMax = 600_000
const reorgAfterMs = 15_000
/** What the pages' commands write into the checkout. */
const leftBehind = [
  'incident',
  'incident-imported',
  'watched',
  'all.html',
  'run.json',
  'up.json',
  'lockstep-*.tgz',
  'stack-*.{yaml,chain}',
]
const wanted = new RegExp(values.only ?? '')
/** What the quickstart makes first is what other pages go on from. */
const pages = ['docs/quickstart.md', 'README.md', ...globSync('docs/*.md', { cwd: packageRoot }).sort()]
const commands = [...new Set(pages)]
  .flatMap((page) => commandsIn(page, readFileSync(join(packageRoot, page), 'utf8')))
  .filter(({ page, text }) => wanted.test(`${page}: ${text}`))

const above = mkdtempSync(join(tmpdir(), 'lockstep-walk-'))
symlinkSync(packageRoot, join(above, 'lockstep'))
const folders = { above, start: join(above, 'my-scenarios'), checkout: packageRoot }

interface Walked extends Pick<DocCommand, 'page' | 'line'> {
  readonly command: string
  readonly outcome: 'ran' | 'failed' | 'not run'
  /** Exit code and time, or why it was not run. */
  readonly said: string
}

/** Ends the command that runs, and the walk after it: what was made is taken away all the same. */
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))

const walked: Walked[] = []
let devnet: Devnet | null = null
for (const shownCommand of commands) {
  if (interrupted.signal.aborted) break
  const { page, line, text } = shownCommand
  const rule = ruleOf(text)
  const shown = text.split('\n')[0] ?? ''
  if (rule.not !== undefined) {
    walked.push({ page, line, command: shown, outcome: 'not run', said: rule.not })
    continue
  }
  prepare(shownCommand, rule)
  if (rule.wants === 'devnet') devnet ??= await startDevnet()
  const onPage = runnable(text, rule).replaceAll('$PAGE', page.replaceAll(/\W/g, '-'))
  const command = rule.wants === 'devnet' ? (devnet?.addressed(onPage) ?? onPage) : onPage
  process.stderr.write(`\n== ${page}:${line}: ${command}\n`)
  const began = Date.now()
  const disturbance = rule.wants === 'devnet' ? setTimeout(reorganize, reorgAfterMs) : undefined
  const { code, signal, output } = await run(command, folders[rule.where ?? 'checkout'], rule.until)
  clearTimeout(disturbance)
  // The shell ends by the signal; what it ran has cleaned up before, or the pipes would be open.
  const isRight =
    code === null ? rule.until !== undefined && signal === 'SIGINT' : (rule.exits ?? [0]).includes(code)
  const said = `exit ${code ?? signal}, ${((Date.now() - began) / 1000).toFixed(1)} s`
  if (!isRight) process.stderr.write(`${output.split('\n').slice(-40).join('\n')}\n`)
  process.stderr.write(`   ${said}\n`)
  walked.push({ page, line, command, outcome: isRight ? 'ran' : 'failed', said })
}
await devnet?.[Symbol.asyncDispose]()
rmSync(above, { recursive: true, force: true })
for (const path of globSync(leftBehind, { cwd: packageRoot }))
  rmSync(join(packageRoot, path), { recursive: true })
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(walked, null, 2)}\n`)
process.stdout.write(
  `${formatTable(walked.map((one) => [one.outcome, `${one.page}:${one.line}`, one.said, one.command.slice(0, 70)]))}\n`,
)
process.exitCode = interrupted.signal.aborted || walked.some(({ outcome }) => outcome === 'failed') ? 1 : 0

/** So that there is something to record and to watch. */
function reorganize(): void {
  devnet?.control.call('control_reorg', { depth: 3 }).catch((error: unknown) => {
    process.stderr.write(`the devnet does not reorganise L1: ${String(error)}\n`)
  })
}

/** What a page takes for granted: the scenario that it writes, a recording. */
function prepare({ page, line, text }: DocCommand, { where }: Rule): void {
  if (page === 'docs/writing-a-scenario.md' && where === 'start' && existsSync(folders.start)) {
    const blocks = [...readFileSync(join(packageRoot, page), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)]
    const last = blocks
      .map(([, code = '']) => code)
      .findLast((code) => code.includes('FlipFlop_WhileTheSource'))
    writeFileSync(join(folders.start, 'scenarios/flip-flop.test.ts'), last ?? '')
  }
  if (where === 'start' && existsSync(join(folders.start, 'scenarios'))) {
    const above = readFileSync(join(packageRoot, page), 'utf8').split('\n').slice(0, line).join('\n')
    const saved = /^Save this as `(scenarios\/[\w-]+\.test\.ts)`:\n\n```ts\n(.*?)^```/gms
    for (const [, path = '', code = ''] of above.matchAll(saved))
      writeFileSync(join(folders.start, path), code)
  }
  // What stood in for a recording until now.
  if (/--out incident\b/.test(text) && text.includes('lockstep record'))
    rmSync(join(packageRoot, 'incident'), { recursive: true, force: true })
  else if (/\bincident\b/.test(text) && !existsSync(join(packageRoot, 'incident'))) {
    const runs = globSync('.lockstep/runs/*/timeline.ndjson', { cwd: packageRoot }).sort()
    const newest = runs.at(-1)
    if (newest !== undefined)
      cpSync(join(packageRoot, newest, '..'), join(packageRoot, 'incident'), { recursive: true })
  }
}

function run(
  command: string,
  cwd: string,
  until: RegExp | undefined,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', command], { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const signal = (name: NodeJS.Signals) => {
      try {
        process.kill(-(child.pid ?? 0), name)
      } catch {
        // It has ended.
      }
    }
    const end = () => signal('SIGTERM')
    interrupted.signal.addEventListener('abort', end, { once: true })
    let output = ''
    let isReady = false
    const timer = setTimeout(end, commandMsMax)
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part
        if (until === undefined || isReady || !until.test(output)) return
        isReady = true
        signal('SIGINT')
      })
    child.on('close', (code, ended) => {
      clearTimeout(timer)
      interrupted.signal.removeEventListener('abort', end)
      resolve({ code, signal: ended, output })
    })
  })
}
