import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { heapFlags } from '../../clients/own-program.ts'
import type { Measured } from '../attack.ts'
import type { VictimMessage, VictimRequest } from './serve-victim.ts'

/** A process under attack. It ends when this is disposed, and when the attacker's process ends in whatever way. */
export interface Victim<Info> extends AsyncDisposable {
  readonly info: Info
  readonly pid: number
  readonly isAlive: boolean
  begin(): Promise<void>
  /** What was measured since. One that ended or does not answer has crashed, and nothing else is known of it. */
  end(): Promise<Measured>
  /** Asks for that, and says when the answer was given, Unix time in milliseconds. @throws when there is none. */
  answeredAtMs(): Promise<number>
}

/** So long a victim may take for a word; one that is stalled for longer counts as crashed. */
const answerMsMax = 60_000

/** Starts the program of that name beside this file. @throws Error when it ends before it is ready. */
export async function startVictim<Info>(
  name: 'engine' | 'gossip' | 'node',
  signal: AbortSignal,
  args: readonly string[] = [],
): Promise<Victim<Info>> {
  const program = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  const child = fork(program, args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // What it is let hold, it is let hold as a user runs it.
    execArgv: [...process.execArgv, ...heapFlags[name === 'engine' ? 'el' : 'node']],
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  const kill = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  const dispose = () => {
    signal.removeEventListener('abort', kill)
    return stop()
  }
  const isAlive = () => child.exitCode === null && child.signalCode === null && child.connected
  const ask = async (request: VictimRequest): Promise<VictimMessage> => {
    const answer = nextMessage(child)
    child.send(request)
    return await answer
  }
  try {
    signal.throwIfAborted()
    const ready = await nextMessage(child)
    if (ready.kind !== 'ready')
      throw new Error(`expected the victim ${name} to be ready, found ${ready.kind}`)
    return {
      info: ready.info as Info,
      pid: child.pid as number,
      get isAlive() {
        return isAlive()
      },
      async begin() {
        await ask('begin')
      },
      async end() {
        if (!isAlive()) return { crashes: 1 }
        const answer = await ask('end').catch(() => null)
        return answer?.kind === 'measured' ? { crashes: 0, ...answer.measured } : { crashes: 1 }
      },
      async answeredAtMs() {
        const answer = await ask('end')
        if (answer.kind !== 'measured')
          throw new Error(`expected what the victim measured, found ${answer.kind}`)
        return answer.atMs
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function nextMessage(child: ChildProcess): Promise<VictimMessage> {
  const over = new AbortController()
  const { signal } = over
  const limit = setTimeout(
    () => over.abort(new Error(`no answer of the victim in ${answerMsMax} ms`)),
    answerMsMax,
  )
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as VictimMessage),
      once(child, 'exit', { signal }).then(([code, name]) => {
        throw new Error(`the victim ended: ${name ?? `exit code ${code}`}`)
      }),
    ])
  } finally {
    clearTimeout(limit)
    over.abort()
  }
}
