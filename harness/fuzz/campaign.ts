import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineKind } from '../world/engine-kind.ts'
import { drawCase } from './draw-case.ts'
import { type RunResult, runResultSchema } from './result.ts'

export interface CampaignOptions {
  /** The next seed; null when there is none left. */
  readonly next: () => Promise<string | null>
  readonly jobs: number
  readonly faultsMs: number
  /** What the engines of the worlds execute with. */
  readonly engine: EngineKind
  readonly signal: AbortSignal
  readonly onResult: (result: RunResult) => void
}

/** A run that takes longer than this in real time is stuck. */
const runMsMax = 600_000
/** A world makes much that lives for a virtual second: with room for it, less of it is taken for what stays. */
const execArgv = [...process.execArgv, '--max-semi-space-size=32']
const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

/**
 * Runs seeds in so many processes at once, until there are no more or the signal aborts. Nothing runs when it resolves.
 * A process that dies or hangs is a failure of its seed, and another takes its place.
 */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.jobs }, () => work(options)))
}

async function work({ next, faultsMs, engine, signal, onResult }: CampaignOptions): Promise<void> {
  let child: ChildProcess | null = null
  const end = () => child?.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  try {
    while (!signal.aborted) {
      const seed = await next()
      if (signal.aborted) return
      if (seed === null) return
      child ??= fork(worker, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv })
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

/** What the worker answers, or why it gave none: it does not run then. */
async function ask(child: ChildProcess, task: object): Promise<RunResult | string> {
  const { promise, resolve } = Promise.withResolvers<RunResult | string>()
  const onMessage = (message: unknown) => resolve(runResultSchema.parse(message))
  const onExit = (code: number | null, signal: string | null) =>
    resolve(`its process ended with ${signal ?? `exit code ${code}`}`)
  const limit = setTimeout(() => {
    child.kill('SIGKILL')
    resolve(`no end within ${runMsMax / 1000} s of real time`)
  }, runMsMax)
  child.once('message', onMessage)
  child.once('exit', onExit)
  child.send(task)
  try {
    return await promise
  } finally {
    clearTimeout(limit)
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
