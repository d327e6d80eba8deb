import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineKind } from '../world/engine-kind.ts'
import { drawCase } from './draw-case.ts'
import { type RunResult, runResultSchema } from './result.ts'
import { limitWork } from './work-limit.ts'

export interface CampaignOptions {
  /** The next seed; null when there is none left. */
  readonly next: () => Promise<string | null>
  readonly jobs: number
  readonly faultsMs: number
  /** What the engines of the worlds execute with. */
  readonly engine: EngineKind
  readonly signal: AbortSignal
  readonly onResult: (result: RunResult) => void
  /** The program of the processes that run seeds. Default: `campaign-worker`. */
  readonly worker?: string
}

/** The processes that run seeds do not start: nothing can be said of any seed. */
export class CampaignStartError extends Error {
  override readonly name = 'CampaignStartError'
}

/** A run that works for longer than this is stuck, and so is one that does not end in an hour. */
const runLimit = { workMsMax: 600_000, realMsMax: 3_600_000 }
/** A world makes much that lives for a virtual second: with room for it, less of it is taken for what stays. */
const execArgv = [...process.execArgv, '--max-semi-space-size=32']
/** Loading the harness is work of seconds. */
const startLimit = { workMsMax: 60_000, realMsMax: 600_000 }
/** Of what a process says before it is ready, for the reason why it never was. */
const startTextMax = 16_384
/** A bundle or a package has it beside this module too, under the same name. */
const ownWorker = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './campaign-worker.ts' : './campaign-worker.js', import.meta.url),
)

/**
 * Runs seeds in so many processes at once, until there are no more or the signal aborts. Nothing runs when it settles.
 * A process that dies or hangs is a failure of its seed, and another takes its place.
 * @throws CampaignStartError when a process ends before it is ready for its first seed: no seed is the reason then.
 */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const works = Array.from({ length: options.jobs }, () =>
    work({ ...options, signal }).catch((error: unknown) => {
      // The others wait for seeds that depend on what this one would have found.
      failed.abort(error)
    }),
  )
  await Promise.all(works)
  if (failed.signal.aborted) throw failed.signal.reason
}

async function work(options: CampaignOptions): Promise<void> {
  const { faultsMs, engine, signal, onResult, worker = ownWorker } = options
  let child: ChildProcess | null = null
  const end = () => child?.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  try {
    while (!signal.aborted) {
      const seed = await nextUnless(signal, options.next)
      if (signal.aborted) return
      if (seed === null) return
      if (child === null) {
        child = fork(worker, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv })
        const why = await whyNotReady(child)
        if (signal.aborted) return
        if (why !== null) throw new CampaignStartError(`the processes that run seeds do not start: ${why}`)
      }
      const answer = await ask(child, { seed, faultsMs, engine })
      if (signal.aborted) return
      if (typeof answer === 'string') {
        child = null
        const violates = { reason: 'crash', found: answer }
        const empty = { virtualMs: 0, wallMs: 0, deeds: 0, hits: 0, marks: [], combinations: [] }
        onResult({ seed, engine, ...empty, failure: { ...drawCase(seed, faultsMs), engine, violates } })
      } else onResult(answer)
    }
  } finally {
    signal.removeEventListener('abort', end)
    await ended(child)
  }
}

/** The next seed, or null as soon as the signal aborts. */
async function nextUnless(signal: AbortSignal, next: CampaignOptions['next']): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<null>()
  const onAbort = () => resolve(null)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([next(), promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Null when the process is ready for a seed, and else what kept it from that. What it says until then is not shown: it is
 * the reason, or nothing that anybody needs.
 */
async function whyNotReady(child: ChildProcess): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  let said = ''
  let ready = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (ready) process.stderr.write(text)
    else said = (said + text).slice(0, startTextMax)
  })
  child.once('message', () => {
    ready = true
    resolve(null)
  })
  child.once('error', (error) => resolve(error.message))
  // Not `exit`: what it said last may still be under way then.
  child.once('close', (code, signal) => {
    const last = /^\w*Error\b.*: .*$/m.exec(said)?.[0] ?? said.trim().split('\n').at(-1) ?? ''
    resolve(`it ended with ${signal ?? `exit code ${code}`}${last === '' ? '' : `: ${last}`}`)
  })
  const endLimit = limitWork(child.pid, {
    ...startLimit,
    onOver(what) {
      child.kill('SIGKILL')
      resolve(`not ready within ${what}`)
    },
  })
  try {
    return await promise
  } finally {
    endLimit()
  }
}

/** What the worker answers, or why it gave none: it does not run then. */
async function ask(child: ChildProcess, task: object): Promise<RunResult | string> {
  const { promise, resolve } = Promise.withResolvers<RunResult | string>()
  const onMessage = (message: unknown) => resolve(runResultSchema.parse(message))
  const onExit = (code: number | null, signal: string | null) =>
    resolve(`its process ended with ${signal ?? `exit code ${code}`}`)
  const endLimit = limitWork(child.pid, {
    ...runLimit,
    onOver(what) {
      child.kill('SIGKILL')
      resolve(`no end within ${what}`)
    },
  })
  child.once('message', onMessage)
  child.once('exit', onExit)
  child.send(task)
  try {
    return await promise
  } finally {
    endLimit()
    child.off('message', onMessage)
    child.off('exit', onExit)
  }
}

async function ended(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
