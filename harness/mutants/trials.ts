import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Case, caseSchema } from '../cases/case.ts'
import { limitWork } from '../fuzz/work-limit.ts'

const trialSchema = z.strictObject({
  violation: caseSchema.shape.violates,
  virtualMs: z.number(),
  /** Names of the rules that the run came by; empty with a rule broken. */
  reached: z.array(z.string()),
})
/** What a run showed. */
export type Trial = z.output<typeof trialSchema>

/** Runs cases in a process of their own, with a rule broken or none. */
export interface Trials {
  /**
   * One at a time. A process that dies has failed its case, and the next case has another one.
   * @throws when it does not end: that shows nothing.
   */
  run(one: Case): Promise<Trial>
  close(): Promise<void>
}

/** A run is work of seconds. */
const trialLimit = { workMsMax: 300_000, realMsMax: 3_600_000 }
const worker = fileURLToPath(new URL('trial-worker.ts', import.meta.url))

/** @param mutant its name; null for the node as it is. */
export function createTrials(mutant: string | null, signal: AbortSignal): Trials {
  let child: ChildProcess | null = null
  const end = () => child?.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })

  async function run(one: Case): Promise<Trial> {
    signal.throwIfAborted()
    child ??= fork(worker, mutant === null ? [] : [mutant], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...(mutant === null ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}) },
    })
    const running = child
    const { promise, resolve, reject } = Promise.withResolvers<Trial>()
    let said = ''
    const onSaid = (text: Buffer) => {
      said = (said + text.toString()).slice(-2_000)
    }
    const onMessage = (message: unknown) => resolve(trialSchema.parse(message))
    const onExit = (code: number | null, name: string | null) => {
      child = null
      const found = `its process ended with ${name ?? `exit code ${code}`}\n${said}`
      resolve({ violation: { reason: 'crash', found }, virtualMs: 0, reached: [] })
    }
    const endLimit = limitWork(running.pid, {
      ...trialLimit,
      onOver(what) {
        running.off('exit', onExit)
        running.kill('SIGKILL')
        child = null
        reject(new Error(`${one.name}: no end within ${what}`))
      },
    })
    running.stderr?.on('data', onSaid)
    running.once('message', onMessage)
    running.once('exit', onExit)
    running.send({ one })
    try {
      const trial = await promise
      signal.throwIfAborted()
      return trial
    } finally {
      endLimit()
      running.off('message', onMessage)
      running.off('exit', onExit)
      running.stderr?.off('data', onSaid)
    }
  }

  return {
    run,
    async close() {
      signal.removeEventListener('abort', end)
      if (child === null || child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}
